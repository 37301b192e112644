-- has_service_rights / $1 the role of the service / one row: whether it has all rights that the service needs
select
    has_schema_privilege($1::name, 'signet', 'usage')
    and has_schema_privilege($1::name, :accounts_text, 'usage')
    and bool_and(has_table_privilege($1::name, c.oid, 'select'))
    and bool_and(has_table_privilege($1::name, c.oid, 'insert')
        or c.relname = 'migration'
        or (c.relname = 'audit' and has_any_column_privilege($1::name, c.oid, 'insert')))
    and bool_and(
        has_table_privilege($1::name, c.oid, 'update') and has_table_privilege($1::name, c.oid, 'delete')
        or c.relname in ('migration', 'audit'))
    and has_function_privilege($1::name, 'signet.require_trusted_function(text,text)', 'execute')
    and has_function_privilege($1::name, 'signet.no_claims(uuid)', 'execute')
    and has_function_privilege($1::name, 'signet.prune_audit(bigint,bigint)', 'execute')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r'
    and (n.nspname = 'signet' or n.nspname = :accounts_text and c.relname in ('user', 'role', 'user_role'));
