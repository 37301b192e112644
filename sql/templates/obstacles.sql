-- What has the name of the view living_session before the migration makes it / severity; what stands there
-- and whose it is; the statement that makes room
select
    'refuse',
    'the ' || o.kind || ' ' || o.shown || ' of role ' || quote_ident(pg_get_userbyid(o.owner))
        || ' stands where migration 0011_living_session makes its view, and is not Signet''s',
    'alter ' || o.kind || ' ' || o.shown || ' rename to living_session_of_others (or drop it), then run signet migrate'
from (
    select
        case c.relkind
            when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
            when 'c' then 'type' when 'i' then 'index' when 'I' then 'index' else 'table'
        end as kind,
        format('%I.%I', n.nspname, c.relname) as shown,
        c.relowner as owner
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = :accounts_text and c.relname = 'living_session'
    union all
    select 'type', format('%I.%I', n.nspname, t.typname), t.typowner
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    where n.nspname = :accounts_text and t.typname = 'living_session' and t.typrelid = 0
) o
