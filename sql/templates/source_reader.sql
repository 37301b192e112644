-- nothing / true if the role may do, or take a role that may do, more than read the tables of another service
-- See src/store/user_source.cpp. Views and types of others run as the role that reads them.
select exists (
    select
    from pg_catalog.pg_roles r
    where pg_catalog.pg_has_role(r.oid, 'member')
        and (
            r.rolsuper
            or exists (
                select from pg_catalog.pg_namespace n
                where n.nspname = 'signet' and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
            )
        )
)::text;
