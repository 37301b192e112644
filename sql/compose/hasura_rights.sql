-- Grants the role of Hasura its rights on the tables of Signet. psql runs this as the owner of the
-- tables after every migration; a second run changes nothing.
--   psql -X -f sql/compose/hasura_rights.sql "$MIGRATION_DATABASE_URL"
--   psql -X -v hasura_role=NAME -v accounts=SCHEMA -f …   for another role or AUTH_DATABASE_SCHEMA
-- No right on the column `password` is granted. TRIGGER and REFERENCES are not granted either, because
-- code of a role that has them runs when Signet writes to these tables (docs/hasura/tables.md).
\set ON_ERROR_STOP on
\set QUIET on
\if :{?hasura_role}
\else
    \set hasura_role hasura
\endif
\if :{?accounts}
\else
    \set accounts public
\endif

begin;
set local search_path = pg_catalog, pg_temp;
set local client_min_messages = warning;

-- This has to run as the owner: another role would grant other rights, and its view would not be
-- allowed to read the table.
select format('do $do$ begin raise exception %L; end $do$', format(
    'the table %s belongs to the role %s: run this as that role', c.oid::regclass,
    pg_get_userbyid(c.relowner)))
from pg_class c
where c.relnamespace = to_regnamespace(quote_ident(:'accounts'))
    and c.relname in ('user', 'role', 'user_role')
    and not pg_has_role(c.relowner, 'usage')
\gexec

-- Revoke what was granted before, which includes the grants of a former version of compose.yaml.
alter default privileges in schema :"accounts" revoke all on tables from :"hasura_role";
alter default privileges in schema :"accounts" revoke all on sequences from :"hasura_role";
revoke all on :"accounts"."user", :"accounts".role, :"accounts".user_role
from :"hasura_role" cascade;

-- Hasura selects every column of a table that it tracks, whatever a query asks for. The table "user"
-- has a column that it may not read, so it tracks this view instead. PostgreSQL applies writes to the
-- view to the table.
select format('create or replace view %1$I.user_without_password as select %2$s from %1$I."user"',
    :'accounts', string_agg(quote_ident(a.attname), ', ' order by a.attnum))
from pg_attribute a
where a.attrelid = to_regclass(format('%I."user"', :'accounts'))
    and a.attnum > 0 and not a.attisdropped and a.attname <> 'password'
\gexec
revoke all on :"accounts".user_without_password, :"accounts".living_session from :"hasura_role" cascade;

grant usage on schema :"accounts" to :"hasura_role";
grant
    select, insert, delete,
    update (username, email, active, default_role, metadata)
on :"accounts".user_without_password to :"hasura_role";
grant select, insert, update, delete on :"accounts".role, :"accounts".user_role to :"hasura_role";
grant select on :"accounts".living_session to :"hasura_role";

-- SQL that users of Hasura write, for example in a function or a view, may use the table itself.
select format('grant select (%s) on %I."user" to %I',
    string_agg(quote_ident(a.attname), ', ' order by a.attnum), :'accounts', :'hasura_role')
from pg_attribute a
where a.attrelid = to_regclass(format('%I."user"', :'accounts'))
    and a.attnum > 0 and not a.attisdropped and a.attname <> 'password'
\gexec
grant
    insert (id, username, email, active, default_role, metadata),
    update (username, email, active, default_role, metadata),
    delete
on :"accounts"."user" to :"hasura_role";

-- A grant to public, or to a group that the role is a member of, could still let it read the password.
select format('do $do$ begin raise exception %L; end $do$', format(
    'the role %I may still read or write the passwords in %s: revoke what public or a group of it has',
    :'hasura_role', c.oid::regclass))
from pg_class c
where c.oid = to_regclass(format('%I."user"', :'accounts'))
    and has_column_privilege(:'hasura_role', c.oid, 'password', 'select, insert, update')
\gexec
commit;
