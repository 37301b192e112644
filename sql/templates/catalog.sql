-- catalog / / one row for each object that a migration may make or change: its kind, its name, the table or
-- schema that it belongs to (NULL: none), and its definition. Rows that this transaction wrote to the three
-- tables count as an object of each.
with homes as materialized (
    select n.oid, n.nspname, quote_ident(n.nspname) as name, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n
    where n.nspname in ('signet', :accounts_text)
),
relations as materialized (
    select
        c.oid,
        h.nspname = 'signet' as is_secret,
        format('%s.%I', h.name, c.relname) as name,
        coalesce(c.relacl, acldefault('r', c.relowner)) as acl
    from pg_class c
    join homes h on h.oid = c.relnamespace
    where c.relkind in ('r', 'p') and (h.nspname = 'signet' or c.relname in ('user', 'role', 'user_role'))
),
views as materialized (
    select
        c.oid,
        format('%s.%I', h.name, c.relname) as name,
        coalesce(c.relacl, acldefault('r', c.relowner)) as acl
    from pg_class c
    join homes h on h.oid = c.relnamespace
    where c.relkind = 'v' and c.relname = 'living_session'
)
select 'schema', h.name, null, null from homes h
union all
select 'table', r.name, null, null from relations r
union all
select
    'column',
    quote_ident(a.attname),
    r.name,
    format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
from relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union all
-- Before PostgreSQL 18 NOT NULL is no constraint of its own.
select 'constraint', quote_ident(k.conname), r.name, pg_get_constraintdef(k.oid)
from relations r
join pg_constraint k on k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
union all
select 'index', quote_ident(c.relname), r.name, pg_get_indexdef(i.indexrelid)
from relations r
join pg_index i on i.indrelid = r.oid
join pg_class c on c.oid = i.indexrelid
where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
union all
select 'trigger', quote_ident(g.tgname), r.name, pg_get_triggerdef(g.oid)
    || case g.tgenabled when 'O' then '' when 'A' then ' (always)' when 'R' then ' (replica)' else ' (disabled)' end
from relations r
join pg_trigger g on g.tgrelid = r.oid
where not g.tgisinternal
union all
select 'function', p.oid::regprocedure::text, null, pg_get_functiondef(p.oid)
from homes h
join pg_proc p on p.pronamespace = h.oid and p.prokind = 'f'
where h.nspname = 'signet'
union all
select 'view', v.name, null, pg_get_viewdef(v.oid) from views v
union all
select 'rights', null, r.name, array_to_string(r.acl, ', ') from relations r
union all
select 'rights', null, v.name, array_to_string(v.acl, ', ') from views v
union all
select 'rights', null, h.name, array_to_string(h.acl, ', ') from homes h
union all
select
    'rows',
    null,
    r.name,
    format('%s added, %s changed, %s removed', pg_stat_get_xact_tuples_inserted(r.oid),
        pg_stat_get_xact_tuples_updated(r.oid), pg_stat_get_xact_tuples_deleted(r.oid))
from relations r
where not r.is_secret;
