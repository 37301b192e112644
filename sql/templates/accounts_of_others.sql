-- accounts_of_others / / one row for each relation with the name of one of the three tables, if they are not
-- as the original service left them: its kind and name, its columns of another type than Signet needs, the
-- columns of Signet that it has not, and those that only it has. What this transaction has made is passed
-- over. Only the catalogs are read.
with wanted (table_name, column_name, types, original_type) as (
    values
        ('user', 'id', array['uuid'], 'uuid'),
        ('user', 'username', array['text', 'varchar', 'citext'], 'varchar'),
        ('user', 'email', array['text', 'varchar', 'citext'], null),
        ('user', 'password', array['text', 'varchar'], 'varchar'),
        ('user', 'active', array['bool'], 'bool'),
        ('user', 'default_role', array['text', 'varchar'], null),
        ('user', 'metadata', array['jsonb'], null),
        ('user', 'created_at', array['timestamptz', 'timestamp'], 'timestamptz'),
        ('user', 'updated_at', array['timestamptz', 'timestamp'], null),
        ('user', 'last_login_at', array['timestamptz', 'timestamp'], null),
        ('role', 'id', array['uuid'], 'uuid'),
        ('role', 'name', array['text', 'varchar'], 'varchar'),
        ('user_role', 'id', array['uuid'], 'uuid'),
        ('user_role', 'user_id', array['uuid'], 'uuid'),
        ('user_role', 'role_id', array['uuid'], 'uuid')
),
relations as materialized (
    select c.oid, c.relname, c.relkind
    from pg_class c
    where c.relnamespace = to_regnamespace(quote_ident(:accounts_text))
        and c.relname in ('user', 'role', 'user_role')
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and coalesce(c.xmin <> pg_current_xact_id_if_assigned()::xid, true)
),
-- Of each relation its columns and those of Signet, side by side.
pairs as materialized (
    select
        r.oid,
        r.relkind,
        a.attname,
        w.column_name,
        w.types,
        w.original_type,
        quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) as shown,
        a.attnotnull,
        t.typname = any (w.types) and (t.typnamespace = 'pg_catalog'::regnamespace or t.typname = 'citext') as fits,
        t.typname = w.original_type and t.typnamespace = 'pg_catalog'::regnamespace as is_original
    from relations r
    join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    full join wanted w on w.table_name = r.relname and w.column_name = a.attname
),
-- Its operators may have added columns.
original as (
    select bool_and(coalesce(p.is_original and p.relkind = 'r', false)) as is_here
    from pairs p
    where p.original_type is not null
)
select
    case r.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
    format('%I.%I', :accounts_text, r.relname),
    (
        select string_agg(format('%s instead of %s', p.shown, (p.types)[1]::regtype), ', ' order by p.attname)
        from pairs p
        where p.oid = r.oid and p.column_name is not null and not p.fits
    ),
    (
        select string_agg(w.column_name, ', ' order by w.column_name)
        from wanted w
        where w.table_name = r.relname
            and not exists (select from pairs p where p.oid = r.oid and p.column_name = w.column_name)
    ),
    (
        select string_agg(p.shown || case when p.attnotnull then ' not null' else '' end, ', ' order by p.attname)
        from pairs p
        where p.oid = r.oid and p.column_name is null
    )
from relations r
where not (select is_here from original)
order by r.relname = 'user' desc, r.relname;
