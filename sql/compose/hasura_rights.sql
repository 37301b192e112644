-- What Hasura's role may do with the tables of Signet. psql runs this as the owner of the tables, after
-- every migration; a second run changes nothing.
--   psql -X -f sql/compose/hasura_rights.sql "$MIGRATION_DATABASE_URL"
--   psql -X -v hasura_role=NAME -v accounts=SCHEMA -f …   for another role or AUTH_DATABASE_SCHEMA
-- The column `password` is granted to nobody. TRIGGER and REFERENCES are not granted either: code of
-- the role that has them runs when Signet writes to these tables (docs/hasura/README.md).
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

-- Rights that somebody else than the owner grants are not these, and a view of somebody else would
-- not be allowed to read.
select format('do $do$ begin raise exception %L; end $do$', format(
    'the table %s belongs to the role %s: run this as that role', c.oid::regclass,
    pg_get_userbyid(c.relowner)))
from pg_class c
where c.relnamespace = to_regnamespace(quote_ident(:'accounts'))
    and c.relname in ('user', 'role', 'user_role')
    and not pg_has_role(c.relowner, 'usage')
\gexec

-- What was granted before, by a former version of compose.yaml too.
alter default privileges in schema :"accounts" revoke all on tables from :"hasura_role";
alter default privileges in schema :"accounts" revoke all on sequences from :"hasura_role";
revoke all on :"accounts"."user", :"accounts".role, :"accounts".user_role
from :"hasura_role" cascade;

-- Hasura selects and returns every column of a table that it tracks, whatever a query asks for. The
-- table "user" has a column that it may not read, so it tracks this view in its place. PostgreSQL
-- passes what is written to the view on to the table.
select format('create or replace view %1$I.user_without_password as select %2$s from %1$I."user"',
    :'accounts', string_agg(quote_ident(a.attname), ', ' order by a.attnum))
from pg_attribute a
where a.attrelid = to_regclass(format('%I."user"', :'accounts'))
    and a.attnum > 0 and not a.attisdropped and a.attname <> 'password'
\gexec
revoke all on :"accounts".user_without_password from :"hasura_role" cascade;

grant usage on schema :"accounts" to :"hasura_role";
grant
    select, insert, delete,
    update (username, email, active, default_role, metadata)
on :"accounts".user_without_password to :"hasura_role";
grant select, insert, update, delete on :"accounts".role, :"accounts".user_role to :"hasura_role";

-- SQL that somebody writes in Hasura, in a function or in a view, may use the table itself.
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

-- By a grant to public or to a group that the role is in, the password could be read all the same.
select format('do $do$ begin raise exception %L; end $do$', format(
    'the role %I may still read or write the passwords in %s: revoke what public or a group of it has',
    :'hasura_role', c.oid::regclass))
from pg_class c
where c.oid = to_regclass(format('%I."user"', :'accounts'))
    and has_column_privilege(:'hasura_role', c.oid, 'password', 'select, insert, update')
\gexec
commit;
