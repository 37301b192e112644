-- Also recorded as 4883a572d2c080d727720df2b9d2c0607df2783c233f4c4e1d82c18f713d02a3
-- What the webhook has to hear of at once: who may have changed. Whoever writes to "user", role or
-- user_role, by whatever means, leaves rows in signet.user_change; every replica reads those that
-- were committed since it last looked (queries/user_changes.sql). NOTIFY only says that a look is
-- worth while. The triggers run with the rights of their owner, because whoever changes the tables
-- has none in schema signet, and fire in every session_replication_role.

set local lock_timeout = '1s';

-- In the order in which a signup takes them, all before the first trigger is made.
lock table :accounts."user", :accounts.role, :accounts.user_role, signet.session
in share row exclusive mode;

-- Unlogged: after a crash or a fail-over it is empty, and then every replica has lost its
-- connection and forgets everything anyway. Rows are told apart by their transaction: what another
-- one has not seen yet is found whatever the order of the commits.
create unlogged table signet.user_change (
    xact xid8 not null default pg_current_xact_id(),
    user_id uuid, -- null: everybody
    at timestamptz not null default clock_timestamp()
);

-- Once a transaction for each user, and for everybody.
create unique index user_change_once on signet.user_change (xact, user_id)
where user_id is not null;

create unique index user_change_everybody on signet.user_change (xact) where user_id is null;

revoke all on signet.user_change from public;

-- Notes that these users have changed, or everybody where there is a null among them. More than a
-- hundred in one statement are everybody.
create function signet.note_changed_users(ids uuid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if ids is null or cardinality(ids) = 0 then
        return;
    end if;
    -- Nothing is read here: under SERIALIZABLE that would make transactions fail which have nothing
    -- to do with each other.
    if cardinality(ids) > 100 or array_position(ids, null) is not null then
        insert into signet.user_change (user_id) values (null) on conflict do nothing;
    else
        insert into signet.user_change (user_id) select unnest(ids) on conflict do nothing;
    end if;
    perform pg_notify('signet_users', '');
end
$$;

-- For whoever knows that AUTH_CLAIMS_FUNCTION would answer something else now. NULL: of everybody.
create function signet.claims_changed(user_id uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select signet.note_changed_users(array[user_id]);
$$;

-- Stands for AUTH_CLAIMS_FUNCTION where there is none.
create function signet.no_claims(user_id uuid) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$ select '{}'::jsonb $$;

-- More rows than the limit are not compared: that costs more than everybody's next look. Rows are
-- compared by their bytes, which calls nothing of their types: whoever owns a type owns its operators
-- and casts.
create function signet.user_changed() returns trigger
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

create function signet.user_role_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    ids uuid[];
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(user_id) into ids
        from (select distinct user_id from old_rows limit 101) o;
    elsif tg_op = 'INSERT' then
        select array_agg(user_id) into ids
        from (select distinct user_id from new_rows limit 101) n;
    else
        select array_agg(user_id) into ids
        from (select user_id from old_rows union select user_id from new_rows limit 101) b;
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;

-- A session that ends before its time. Of one whose time is over every replica knows by itself.
create function signet.session_ended() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    ids uuid[];
begin
    if tg_op = 'TRUNCATE' then
        ids := array[null::uuid];
    elsif tg_op = 'DELETE' then
        select array_agg(user_id) into ids
        from (
            select distinct user_id from old_rows where clock_timestamp() < idle_until limit 101
        ) o;
    else
        ids := array[old.user_id, new.user_id];
    end if;
    perform signet.note_changed_users(ids);
    return null;
end
$$;

-- A role that is new is nobody's yet. An upsert that changes nothing is no change.
create function signet.role_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'DELETE' then
        if not exists (select from old_rows) then
            return null;
        end if;
    elsif tg_op = 'UPDATE' then
        if not exists (
            (select id, name::text from old_rows except select id, name::text from new_rows)
            union all
            (select id, name::text from new_rows except select id, name::text from old_rows)
        ) then
            return null;
        end if;
    end if;
    perform signet.note_changed_users(array[null::uuid]);
    return null;
end
$$;

revoke all on function signet.note_changed_users(uuid[]) from public;
revoke all on function signet.claims_changed(uuid) from public;
revoke all on function signet.no_claims(uuid) from public;
revoke all on function signet.user_changed() from public;
revoke all on function signet.user_role_changed() from public;
revoke all on function signet.session_ended() from public;
revoke all on function signet.role_changed() from public;

create trigger signet_user_update after update on :accounts."user"
referencing old table as old_rows new table as new_rows
for each statement execute function signet.user_changed();

create trigger signet_user_delete after delete on :accounts."user"
referencing old table as old_rows
for each statement execute function signet.user_changed();

create trigger signet_user_truncate after truncate on :accounts."user"
for each statement execute function signet.user_changed();

create trigger signet_user_role_insert after insert on :accounts.user_role
referencing new table as new_rows
for each statement execute function signet.user_role_changed();

create trigger signet_user_role_update after update on :accounts.user_role
referencing old table as old_rows new table as new_rows
for each statement execute function signet.user_role_changed();

create trigger signet_user_role_delete after delete on :accounts.user_role
referencing old table as old_rows
for each statement execute function signet.user_role_changed();

create trigger signet_user_role_truncate after truncate on :accounts.user_role
for each statement execute function signet.user_role_changed();

create trigger session_end after delete on signet.session
referencing old table as old_rows
for each statement execute function signet.session_ended();

-- A refresh only ever prolongs.
create trigger session_cut after update on signet.session
for each row
when (new.idle_until < old.idle_until or new.user_id <> old.user_id or new.id <> old.id)
execute function signet.session_ended();

create trigger session_truncate after truncate on signet.session
for each statement execute function signet.session_ended();

create trigger signet_role_update after update on :accounts.role
referencing old table as old_rows new table as new_rows
for each statement execute function signet.role_changed();

create trigger signet_role_delete after delete on :accounts.role
referencing old table as old_rows
for each statement execute function signet.role_changed();

create trigger signet_role_truncate after truncate on :accounts.role
for each statement execute function signet.role_changed();

do $$
declare
    made record;
begin
    for made in
        select tgrelid::regclass as relation, tgname
        from pg_trigger
        where tgrelid in (
                to_regclass(format('%I."user"', :accounts_text)),
                to_regclass(format('%I.role', :accounts_text)),
                to_regclass(format('%I.user_role', :accounts_text)),
                to_regclass('signet.session'))
            and tgname in (
                'session_end', 'session_cut', 'session_truncate',
                'signet_user_update', 'signet_user_delete', 'signet_user_truncate',
                'signet_user_role_insert', 'signet_user_role_update', 'signet_user_role_delete',
                'signet_user_role_truncate', 'signet_role_update', 'signet_role_delete',
                'signet_role_truncate')
    loop
        execute format('alter table %s enable always trigger %I', made.relation, made.tgname);
    end loop;
end
$$;
