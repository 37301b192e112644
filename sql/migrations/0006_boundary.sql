-- Nobody else's code runs with the rights of Signet. What former versions of the migrations before
-- this one left is brought to what they make now, and locks of rows take the place of advisory locks,
-- which any role of the database can hold.

set local lock_timeout = '1s';

alter function signet.touch_updated_at() set search_path = pg_catalog, pg_temp;
alter function signet.guard_signing_key() set search_path = pg_catalog, pg_temp;
alter function signet.require_successor() set search_path = pg_catalog, pg_temp;
alter function signet.guard_epoch() set search_path = pg_catalog, pg_temp;
alter function signet.bump_signing_key_epoch() set search_path = pg_catalog, pg_temp;
alter function signet.refuse_audit_change() set search_path = pg_catalog, pg_temp;
alter function signet.no_claims(uuid) set search_path = pg_catalog, pg_temp;

-- More rows than the limit are not compared: that costs more than everybody's next look. Rows are
-- compared by their bytes, which calls nothing of their types: whoever owns a type owns its operators
-- and casts.
create or replace function signet.user_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    ids uuid[] := '{}';
    is_now record;
    was record;
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(id) into ids from (select id from old_rows limit 101) o;
    elsif (select count(*) from (select from new_rows limit 101) n) > 100 then
        ids := array[null::uuid];
    else
        for is_now in select * from new_rows loop
            select * into was from old_rows o where o.id = is_now.id;
            if found then
                was.last_login_at := is_now.last_login_at;
                was.updated_at := is_now.updated_at;
                was.password := is_now.password;
            end if;
            if not found or is_now *<> was then
                ids := ids || is_now.id;
            end if;
        end loop;
        ids := ids || array(select o.id from old_rows o where o.id not in (select id from new_rows));
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;

-- Called before AUTH_CLAIMS_FUNCTION is, in a statement of its own: even planning a statement can run
-- what a function is made of. `further` is a role that is trusted beside those that are always.
create function signet.require_trusted_function(signature text, further text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    named record;
begin
    select p.oid::regprocedure as name, p.prorettype, r.rolname, r.rolsuper into named
    from pg_proc p
    join pg_roles r on r.oid = p.proowner
    where p.oid = to_regprocedure(signature);
    if not found then
        raise exception 'there is no function %', signature using errcode = 'SG003';
    end if;
    if named.prorettype not in ('jsonb'::regtype, 'json'::regtype) then
        raise exception 'the function % does not return jsonb', named.name using errcode = 'SG003';
    end if;
    if not named.rolsuper and named.rolname <> all (array[current_user, session_user])
        and named.rolname is distinct from further
    then
        raise exception
            'the function % belongs to the role %, which is not trusted with the rights of Signet',
            named.name, named.rolname using errcode = 'SG003';
    end if;
end
$$;

revoke all on function signet.require_trusted_function(text, text) from public;

-- Rows to lock for whoever creates an account, found by a hash of its names.
create table signet.name_lock (bucket integer primary key);

insert into signet.name_lock (bucket) select generate_series(0, 255);

revoke all on signet.name_lock from public;

-- Who did it in the database; empty in rows that are older than this column.
alter table signet.audit add column db_role text;
alter table signet.audit alter column db_role set default session_user;

-- The indexes that logins and grants use, found by what they are and not by their names, which
-- somebody may have taken. Names are compared without regard to ASCII case. Adopted rows may differ by
-- case only; then the index cannot be unique, and the lock that a signup takes has to do
-- (queries/lock_names).
do $$
declare
    col text;
    wanted text;
    clashes boolean;
begin
    foreach col in array array['username', 'email'] loop
        continue when exists (
            select from pg_index i
            where i.indrelid = to_regclass(format('%I."user"', :accounts_text))
                and i.indnatts = 1 and i.indpred is null and i.indisvalid
                and pg_get_indexdef(i.indexrelid, 1, false)
                    ~ format('^lower\(\(+%s\)?(::text)? COLLATE "C"\)+$', col)
        );
        wanted := 'user_' || col || '_folded_idx';
        execute format('select exists (select from %2$I."user" where %1$I is not null'
            ' group by lower(%1$I::text collate "C") having count(*) > 1)', col, :accounts_text)
        into clashes;
        execute format('create %s index %s on %I."user" (lower(%I::text collate "C"))',
            case when clashes then '' else 'unique' end,
            case when to_regclass(format('%I.%I', :accounts_text, wanted)) is null
                then quote_ident(wanted) else '' end,
            :accounts_text, col);
    end loop;

    if not exists (
        select from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = to_regclass(format('%I.user_role', :accounts_text))
            and i.indpred is null and i.indisvalid and a.attname = 'role_id'
    ) then
        execute format('create index %s on %I.user_role (role_id)',
            case when to_regclass(format('%I.user_role_role_id_idx', :accounts_text)) is null
                then 'user_role_role_id_idx' else '' end,
            :accounts_text);
    end if;
end
$$;
