-- The role :service may read and change rows, but no definitions. It may only append to the audit;
-- signet.prune_audit() removes rows that are old.
grant usage on schema signet, :accounts to :service;
grant select, insert, update, delete on all tables in schema signet to :service;
revoke insert, update, delete on signet.migration from :service;
-- The time, the number and the role of a row of the audit are PostgreSQL's own.
revoke insert, update, delete on signet.audit from :service;
grant insert (actor, action, subject, detail, network, request) on signet.audit to :service;
grant execute on function signet.require_trusted_function(text, text), signet.no_claims(uuid),
    signet.prune_audit(bigint, bigint) to :service;
grant select, insert, update, delete on :accounts."user", :accounts.role, :accounts.user_role to :service;
