-- Also recorded as d83f85068f5aa84c3de2a1e18d5ab81e15fbb5a1cba600ccfec436cfefb5789c
-- The tables "user", role and user_role in the schema AUTH_DATABASE_SCHEMA. Tables that are there
-- already are adopted in place: what is missing is added, no row of "user" or role is touched.
-- Whatever cannot be adopted is an error with SQLSTATE SG001, and then nothing is changed.

set local lock_timeout = '1s';

do $$
begin
    if to_regnamespace(quote_ident(:accounts_text)) is null then
        create schema :accounts;
    end if;
end
$$;

create table if not exists :accounts."user" (
    id uuid primary key default gen_random_uuid(),
    username text,
    email text,
    password text,
    active boolean default true,
    default_role text,
    metadata jsonb not null default '{}',
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    last_login_at timestamptz
);

create table if not exists :accounts.role (
    id uuid primary key default gen_random_uuid(),
    name text not null
);

create table if not exists :accounts.user_role (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    role_id uuid not null
);

-- Somebody else may have made one of them a moment ago. From here to the end nobody writes to them,
-- alters them or makes an index or a trigger on them, so that what is found out below stays true.
do $$
declare
    needed record;
begin
    for needed in
        select t.name as table_name, c.relkind
        from (values ('user'), ('role'), ('user_role')) t (name)
        join pg_class c on c.oid = to_regclass(format('%I.%I', :accounts_text, t.name))
        where c.relkind <> 'r'
    loop
        raise exception '"%" is not an ordinary table, so it cannot be adopted', needed.table_name
            using errcode = 'SG001';
    end loop;
end
$$;

lock table :accounts."user", :accounts.role, :accounts.user_role in share row exclusive mode;

-- :check_owners

-- Can they be adopted?
do $$
declare
    needed record;
    found_type text;
begin
    for needed in
        select *
        from (values
            ('user', 'id', array['uuid'], true),
            ('user', 'username', array['text', 'varchar', 'citext'], false),
            ('user', 'email', array['text', 'varchar', 'citext'], false),
            ('user', 'password', array['text', 'varchar'], false),
            ('user', 'active', array['bool'], false),
            ('user', 'default_role', array['text', 'varchar'], false),
            ('user', 'metadata', array['jsonb'], false),
            ('user', 'created_at', array['timestamptz', 'timestamp'], false),
            ('user', 'updated_at', array['timestamptz', 'timestamp'], false),
            ('user', 'last_login_at', array['timestamptz', 'timestamp'], false),
            ('role', 'id', array['uuid'], true),
            ('role', 'name', array['text', 'varchar'], true),
            ('user_role', 'user_id', array['uuid'], true),
            ('user_role', 'role_id', array['uuid'], true)
        ) v (table_name, column_name, types, required)
    loop
        -- By its name only where it is PostgreSQL's own, or citext, which an extension brings.
        select
            case when t.typnamespace = 'pg_catalog'::regnamespace or t.typname = 'citext'
                then t.typname else t.oid::regtype::text end
        into found_type
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        where a.attrelid = to_regclass(format('%I.%I', :accounts_text, needed.table_name))
            and a.attname = needed.column_name and not a.attisdropped;
        if found_type is null and needed.required then
            raise exception 'the table "%" has no column "%", so it cannot be adopted',
                needed.table_name, needed.column_name using errcode = 'SG001';
        end if;
        if found_type is not null and found_type <> all (needed.types) then
            raise exception 'column "%" of table "%" has the type %, but Signet needs one of %',
                needed.column_name, needed.table_name, found_type, needed.types
                using errcode = 'SG001';
        end if;
    end loop;
end
$$;

-- Columns that are missing.
do $$
declare
    missing record;
begin
    for missing in
        select v.*
        from (values
            ('user', 'username', 'text'),
            ('user', 'email', 'text'),
            ('user', 'password', 'text'),
            ('user', 'active', 'boolean default true'),
            ('user', 'default_role', 'text'),
            ('user', 'metadata', 'jsonb not null default ''{}'''),
            ('user', 'created_at', 'timestamptz default now()'),
            ('user', 'updated_at', 'timestamptz default now()'),
            ('user', 'last_login_at', 'timestamptz'),
            ('user_role', 'id', 'uuid default gen_random_uuid()')
        ) v (table_name, column_name, definition)
        where not exists (
            select
            from pg_attribute a
            where a.attrelid = to_regclass(format('%I.%I', :accounts_text, v.table_name))
                and a.attname = v.column_name and not a.attisdropped
        )
    loop
        execute format('alter table %I.%I add column %I %s', :accounts_text, missing.table_name,
            missing.column_name, missing.definition);
    end loop;
end
$$;

-- Columns that are too narrow (a PHC string has about 100 characters and grows with the
-- parameters), lack a default, or must be allowed to be empty: an account may have an e-mail
-- address and no username.
do $$
declare
    col record;
begin
    for col in
        select c.relname, a.attname, a.attnotnull, a.atthasdef, a.attidentity, t.typname, a.atttypmod
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_type t on t.oid = a.atttypid
        where c.relnamespace = to_regnamespace(quote_ident(:accounts_text))
            and c.relname in ('user', 'role', 'user_role')
            and a.attnum > 0 and not a.attisdropped
    loop
        if col.relname = 'user' and col.typname = 'varchar' and col.atttypmod > 0
            and col.atttypmod - 4 < (case col.attname
                when 'password' then 200 when 'username' then 64 when 'email' then 254
                when 'default_role' then 255 else 0 end)
        then
            execute format('alter table %I."user" alter column %I type varchar(255)',
                :accounts_text, col.attname);
        end if;
        if col.relname = 'user' and col.attnotnull
            and col.attname in ('username', 'email', 'password')
        then
            execute format('alter table %I."user" alter column %I drop not null',
                :accounts_text, col.attname);
        end if;
        if col.attname = 'id' and col.typname = 'uuid' and not col.atthasdef then
            execute format('alter table %I.%I alter column id set default gen_random_uuid()',
                :accounts_text, col.relname);
        end if;
        if col.relname = 'user' and not col.atthasdef then
            if col.attname = 'active' then
                alter table :accounts."user" alter column active set default true;
            elsif col.attname in ('created_at', 'updated_at') then
                execute format('alter table %I."user" alter column %I set default now()',
                    :accounts_text, col.attname);
            elsif col.attname = 'metadata' then
                alter table :accounts."user" alter column metadata set default '{}';
            end if;
        end if;
    end loop;
end
$$;

-- Rows of user_role that say something twice, or nothing.
delete from :accounts.user_role a
using :accounts.user_role b
where a.user_id = b.user_id and a.role_id = b.role_id and a.ctid > b.ctid;

delete from :accounts.user_role ur
where ur.user_id is not null
        and not exists (select from :accounts."user" u where u.id = ur.user_id)
    or ur.role_id is not null and not exists (select from :accounts.role r where r.id = ur.role_id);

-- Unique keys, where no unconditional unique index covers exactly these columns.
do $$
declare
    wanted record;
    clashes boolean;
begin
    for wanted in
        select v.*
        from (values
            ('user', array['id'], 'user_id_key'),
            ('role', array['id'], 'role_id_key'),
            ('role', array['name'], 'role_name_key'),
            ('user_role', array['user_id', 'role_id'], 'user_role_user_id_role_id_key')
        ) v (table_name, columns, index_name)
        where not exists (
            select
            from pg_index i
            where i.indrelid = to_regclass(format('%I.%I', :accounts_text, v.table_name))
                and i.indisunique and i.indpred is null and i.indexprs is null
                and (
                    select array_agg(a.attname::text order by a.attname)
                    from pg_attribute a
                    where a.attrelid = i.indrelid
                        and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
                ) = (select array_agg(c order by c) from unnest(v.columns) c)
        )
    loop
        execute format(
            'select exists (select from %I.%I where %s is not null group by %s having count(*) > 1)',
            :accounts_text, wanted.table_name, wanted.columns[1],
            array_to_string(wanted.columns, ', ')
        ) into clashes;
        if clashes and wanted.columns = array['id'] then
            raise exception 'the table "%" has an id twice, so it cannot be adopted',
                wanted.table_name using errcode = 'SG001';
        end if;
        -- Two rows of role with one name keep working.
        -- PostgreSQL finds a name where somebody has taken this one.
        execute format('create %s index %s on %I.%I (%s)',
            case when wanted.columns = array['name'] and clashes then '' else 'unique' end,
            case when to_regclass(format('%I.%I', :accounts_text, wanted.index_name)) is null
                then quote_ident(wanted.index_name) else '' end,
            :accounts_text, wanted.table_name, array_to_string(wanted.columns, ', '));
    end loop;
end
$$;

-- Who deletes a user or a role, by whatever means, deletes its rows of user_role.
do $$
declare
    wanted record;
    old record;
    cascades boolean;
begin
    for wanted in
        select *
        from (values ('user_id', 'user'), ('role_id', 'role')) v (column_name, target)
    loop
        cascades := false;
        for old in
            select k.conname, k.confdeltype
            from pg_constraint k
            join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
            where k.conrelid = to_regclass(format('%I.user_role', :accounts_text))
                and k.contype = 'f'
                and k.confrelid = to_regclass(format('%I.%I', :accounts_text, wanted.target))
                and a.attname = wanted.column_name
        loop
            if old.confdeltype = 'c' then
                cascades := true;
            else
                execute format('alter table %I.user_role drop constraint %I', :accounts_text,
                    old.conname);
            end if;
        end loop;
        if not cascades then
            execute format('alter table %1$I.user_role add constraint %2$I'
                ' foreign key (%3$I) references %1$I.%4$I (id) on delete cascade',
                :accounts_text, 'user_role_' || wanted.column_name || '_cascade_fkey',
                wanted.column_name, wanted.target);
        end if;
    end loop;
end
$$;

-- updated_at follows every change but that of last_login_at, whoever makes it. *<> compares rows
-- by their bytes: adopted tables may have columns of types without an equality operator.
create function signet.touch_updated_at() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    was record;
begin
    was := old;
    was.last_login_at := new.last_login_at;
    was.updated_at := new.updated_at;
    if new operator(pg_catalog.*<>) was then
        new.updated_at := pg_catalog.now();
    end if;
    return new;
end
$$;

revoke all on function signet.touch_updated_at() from public;

create trigger signet_updated_at before update on :accounts."user"
for each row execute function signet.touch_updated_at();
