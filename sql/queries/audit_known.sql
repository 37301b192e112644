-- audit_known / $1 id, $2 actor, $3 action, $4 subject / one row: whether this audit row exists
select exists (
    select
    from signet.audit
    where id = $1::bigint and actor = $2::text and action = $3::text and subject = $4::text
);
