-- Finds objects that take part when Signet reads or writes, but belong to roles that are not trusted.
-- Superusers, the current role, and the role :other_role (a name as text, or null) are trusted.
-- Everything whose definition or code takes part has to belong to one of them. Before the first
-- migration this finds only objects that others have put in the place of Signet's. :everything is true,
-- or false to check only what takes part in a write to the three tables, which is quick enough to be
-- done before each write. :claims_signature is the signature of the claims function as text, or null.
-- :owner_role is the role that the objects should belong to.
-- Rows: refuse or warn; what is wrong; the statement that solves the problem.
with recursive trusted as materialized (
    select oid from pg_roles where rolsuper or rolname in (current_user, session_user, :other_role::name)
),
heir as materialized (select quote_ident(:owner_role) as name),
this_database as materialized (select * from pg_database where datname = current_database()),
-- Since PostgreSQL 14 the owner of a new schema public is the owner of the database.
homes as materialized (
    select
        n.oid,
        n.nspname,
        case when r.rolname = 'pg_database_owner' then d.datdba else n.nspowner end as owner
    from pg_namespace n
    join pg_roles r on r.oid = n.nspowner
    cross join this_database d
    where n.nspname in ('signet', :accounts_text)
),
accounts (oid) as (
    select c.oid
    from pg_class c
    join homes h on h.oid = c.relnamespace
    where h.nspname <> 'signet' and c.relname in ('user', 'role', 'user_role')
    union
    select i.inhrelid
    from accounts a
    cross join lateral (select inhrelid from pg_inherits where inhparent = a.oid offset 0) i
),
-- The objects that depend on the three tables and take part when these are read or written. All
-- lookups use an index, because a database may have many tables.
these as materialized (select array_agg(oid) as oids from accounts),
parts (classid, objid) as materialized (
    select 'pg_class'::regclass::oid, oid from accounts
    union all
    select 'pg_class'::regclass, indexrelid from pg_index where indrelid = any ((select oids from these)::oid[])
    union all
    select 'pg_attrdef'::regclass, oid from pg_attrdef where adrelid = any ((select oids from these)::oid[])
    union all
    select 'pg_constraint'::regclass, oid from pg_constraint where conrelid = any ((select oids from these)::oid[])
    union all
    select 'pg_policy'::regclass, oid from pg_policy where polrelid = any ((select oids from these)::oid[])
    union all
    select 'pg_rewrite'::regclass, oid from pg_rewrite where ev_class = any ((select oids from these)::oid[])
    union all
    select 'pg_trigger'::regclass, oid from pg_trigger where tgrelid = any ((select oids from these)::oid[])
    union all
    select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext where stxrelid = any ((select oids from these)::oid[])
),
-- The objects that those use, and the parts of the types among them.
used (classid, objid) as (
    select d.refclassid, d.refobjid
    from parts p
    cross join lateral (
        select d.refclassid, d.refobjid
        from pg_depend d
        where d.classid = p.classid and d.objid = p.objid
        offset 0
    ) d
    -- The table that a foreign key refers to is read with the rights of its own owner.
    where d.refclassid <> 'pg_class'::regclass
        or p.classid not in ('pg_constraint'::regclass, 'pg_trigger'::regclass)
    union
    select n.classid, n.objid
    from used u
    cross join lateral (
        select d.refclassid, d.refobjid
        from pg_depend d
        where d.classid = u.classid and d.objid = u.objid
            and (u.classid = 'pg_type'::regclass or u.classid = 'pg_constraint'::regclass)
        union all
        -- The owner of an extension may drop it together with its members.
        select d.refclassid, d.refobjid
        from pg_depend d
        where d.classid = u.classid and d.objid = u.objid and d.deptype = 'e'
        union all
        select d.refclassid, d.refobjid
        from pg_type t
        join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = t.typrelid
        where t.oid = u.objid and t.typtype = 'c' and u.classid = 'pg_type'::regclass
        union all
        select 'pg_constraint'::regclass, k.oid
        from pg_constraint k
        where k.contypid = u.objid and u.classid = 'pg_type'::regclass
    ) n (classid, objid)
),
owned (classid, objid, owner) as (
    select
        u.classid,
        u.objid,
        case u.classid
            when 'pg_proc'::regclass then (select proowner from pg_proc where oid = u.objid)
            -- For an array the type of its elements is checked.
            when 'pg_type'::regclass then (select typowner from pg_type where oid = u.objid and typcategory <> 'A')
            when 'pg_class'::regclass then (select relowner from pg_class where oid = u.objid and relkind <> 'i')
            when 'pg_operator'::regclass then (select oprowner from pg_operator where oid = u.objid)
            when 'pg_opclass'::regclass then (select opcowner from pg_opclass where oid = u.objid)
            when 'pg_extension'::regclass then (select extowner from pg_extension where oid = u.objid)
            when 'pg_collation'::regclass then (select collowner from pg_collation where oid = u.objid)
        end
    from used u
    union all
    select 'pg_class'::regclass, c.oid, c.relowner from pg_class c where c.oid = any ((select oids from these)::oid[])
    union all
    select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p where p.oid = to_regprocedure(:claims_signature::text)
    union all
    -- A type with the name of a table prevents the creation of the table.
    select 'pg_type'::regclass, t.oid, t.typowner
    from pg_type t join homes h on h.oid = t.typnamespace
    where :everything and h.nspname <> 'signet' and t.typname in ('user', 'role', 'user_role')
        and not exists (select from pg_class c where c.oid = t.typrelid and c.relkind <> 'c')
    union all
    -- An extension puts its members into a schema that its creator chooses.
    select 'pg_extension'::regclass, e.oid, e.extowner
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where :everything and n.nspname in ('pg_catalog', 'signet')
    union all
    select 'pg_class'::regclass, c.oid, c.relowner
    from pg_class c
    join homes h on h.oid = c.relnamespace and h.nspname = 'signet'
    where :everything and c.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select 'pg_proc'::regclass, p.oid, p.proowner
    from pg_proc p join homes h on h.oid = p.pronamespace and h.nspname = 'signet'
    where :everything
),
called as (
    select objid as oid from used where :everything and classid = 'pg_proc'::regclass
    union
    select to_regprocedure(:claims_signature::text)::oid where :everything
),
-- Functions that run with the rights of Signet and look up names where other roles may create objects.
paths as (
    select p.oid, element.name
    from called f
    join pg_proc p on p.oid = f.oid
    cross join lateral unnest(p.proconfig) c (setting)
    cross join lateral regexp_split_to_table(substr(c.setting, 13), '\s*,\s*') s (part)
    cross join lateral (select btrim(s.part, '" ') as name) element
    where c.setting like 'search_path=%' and element.name not in ('pg_catalog', 'pg_temp', '')
),
findings (severity, object, owner, cure) as (
    select 'refuse', 'the database ' || quote_ident(d.datname), d.datdba,
        format('alter database %I owner to %s', d.datname, h.name)
    from this_database d, heir h
    union
    select 'refuse', 'the schema ' || quote_ident(n.nspname), n.owner,
        format('alter schema %I owner to %s', n.nspname, h.name)
    from homes n, heir h
    union
    select 'refuse', 'the ' || i.type || ' ' || i.identity, o.owner,
        case
            -- There is no ALTER EXTENSION … OWNER TO, and the owner is stored in two catalogs.
            when o.classid = 'pg_extension'::regclass then format(
                'with moved as (update pg_catalog.pg_extension set extowner = %1$L::regrole'
                ' where extname = %2$L returning oid) update pg_catalog.pg_shdepend s'
                ' set refobjid = %1$L::regrole from moved m, pg_catalog.pg_database d'
                ' where d.datname = current_database() and s.dbid = d.oid and s.objid = m.oid'
                ' and s.classid = %3$L::regclass and s.deptype = %4$L',
                h.name, (select extname from pg_extension where oid = o.objid),
                'pg_catalog.pg_extension', 'o')
            -- These prevent the creation of a table.
            when i.type in ('composite type', 'index')
                or i.type = 'type' and i.schema = quote_ident(:accounts_text)
                    and i.name in ('"user"', 'role', 'user_role')
                then format('drop %s %s', replace(i.type, 'composite ', ''), i.identity)
            else format('alter %s %s owner to %s', i.type, i.identity, h.name)
        end
    from owned o
    cross join heir h
    cross join lateral pg_identify_object(o.classid, o.objid, 0) i
    where o.owner not in (select oid from trusted)
)
select
    f.severity,
    format('%s belongs to the role %s, which is not trusted with the rights of Signet', f.object,
        pg_get_userbyid(f.owner)),
    f.cure || ';'
from findings f
where f.owner not in (select oid from trusted)
union all
select
    'refuse',
    format('the function %s looks for names in the schema %s, where roles that are not trusted may put some',
        p.oid::regprocedure, quote_ident(p.name)),
    format('alter function %s set search_path = pg_catalog, pg_temp;', p.oid::regprocedure)
from paths p
left join pg_namespace n on n.nspname = p.name
left join this_database d on true
where n.oid is null
    or n.nspowner not in (select oid from trusted)
        and not (n.nspowner = (select oid from pg_roles where rolname = 'pg_database_owner')
            and d.datdba in (select oid from trusted))
    or exists (
        select from pg_roles r
        where r.oid not in (select oid from trusted) and r.rolname !~ '^pg_'
            and has_schema_privilege(r.oid, n.oid, 'create')
    )
union all
select
    'refuse',
    format('the function %s is SECURITY DEFINER and fixes no search_path: whoever calls it chooses whose functions it calls',
        p.oid::regprocedure),
    format('alter function %s set search_path = pg_catalog, pg_temp;', p.oid::regprocedure)
from called f
join pg_proc p on p.oid = f.oid
where p.prosecdef
    and not exists (select from unnest(p.proconfig) c (setting) where c.setting like 'search_path=%')
union all
select
    'refuse',
    format('the function %s is meant as well where the claims function is called', o.oid::regprocedure),
    format('drop function %s;', o.oid::regprocedure)
from pg_proc p
join pg_proc o on o.proname = p.proname and o.pronamespace = p.pronamespace and o.oid <> p.oid
where :everything and p.oid = to_regprocedure(:claims_signature::text)
    and o.pronargs > 1 and o.pronargs - o.pronargdefaults <= 1
    and o.proargtypes[0] = 'uuid'::regtype
union all
select
    'refuse',
    format('the role %s has the right to %s %s',
        case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end,
        lower(a.privilege_type), a.object),
    format('revoke all on %s from %s;', a.object,
        case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
from (
    select distinct format('schema %I', n.nspname) as object, x.grantee, x.privilege_type
    from pg_namespace n cross join lateral aclexplode(n.nspacl) x
    where n.nspname = 'signet' and x.privilege_type = 'CREATE'
    union
    select distinct c.oid::regclass::text, x.grantee, x.privilege_type
    from pg_class c
    join homes h on h.oid = c.relnamespace and h.nspname = 'signet'
    cross join lateral aclexplode(c.relacl) x
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and not (x.privilege_type = 'SELECT' and c.relname in ('audit', 'migration'))
) a
where :everything and a.grantee not in (select oid from trusted)
union all
select
    'warn',
    format('the role %s is a superuser: whatever goes wrong in Signet goes wrong with all rights',
        current_user),
    'name a role of its own in DATABASE_URL, as docs/operations.md shows'
from pg_roles
where :everything and rolname = current_user and rolsuper
union all
select distinct
    'warn',
    format('the role %s may %s %s: it counts as trusted, since its code runs when Signet writes there',
        case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee) end,
        case x.privilege_type when 'TRIGGER' then 'make triggers on' else 'refer to' end,
        c.oid::regclass),
    format('revoke %s on %s from %s;', lower(x.privilege_type), c.oid::regclass,
        case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end)
from accounts a
join pg_class c on c.oid = a.oid
cross join lateral (
    select * from aclexplode(c.relacl)
    union
    select e.*
    from pg_attribute t
    cross join lateral aclexplode(t.attacl) e
    where t.attrelid = c.oid
) x
where :everything and x.privilege_type in ('TRIGGER', 'REFERENCES') and x.grantee not in (select oid from trusted)
union all
select distinct
    'warn',
    format('the role %s may %s the passwords of "user"',
        case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee) end,
        case x.privilege_type when 'SELECT' then 'read' else 'write' end),
    format('revoke %s on %s from %s;', lower(x.privilege_type), c.oid::regclass,
        case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end)
from accounts a
join pg_class c on c.oid = a.oid and c.relname = 'user'
cross join lateral (
    select * from aclexplode(c.relacl)
    union
    select e.*
    from pg_attribute t
    cross join lateral aclexplode(t.attacl) e
    where t.attrelid = c.oid and t.attname = 'password'
) x
where :everything and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
    and x.grantee not in (select oid from trusted)
union all
select
    'warn',
    format('the table %s of the role %s refers to %s: that role counts as trusted, since its code runs when Signet writes there',
        k.conrelid::regclass, pg_get_userbyid(c.relowner), k.confrelid::regclass),
    format('alter table %s drop constraint %I;', k.conrelid::regclass, k.conname)
from pg_constraint k
join accounts a on a.oid = k.confrelid
join pg_class c on c.oid = k.conrelid
where :everything and k.contype = 'f' and c.relowner not in (select oid from trusted)
limit 100;
