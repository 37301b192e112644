-- Also recorded as c77fe0bdee4d65b4baa219c24aff532dcf3c4514e2b19e932cfaeb6ec76b0952
-- Sessions: one row from a signup or login to the end of the session, and none after it. A refresh
-- token is made of the session's key, which stands here sealed; no token stands anywhere.

set local lock_timeout = '1s';

-- A refresh changes no indexed column and finds room on its page, so that it leaves no index entry.
create table signet.session (
    id uuid primary key,
    user_id uuid not null references :accounts."user" (id) on delete cascade,
    sealed_key text not null check (sealed_key like 'v1.%'),
    generation integer not null default 0 check (generation >= 0),
    device text not null,
    address cidr,
    created_at timestamptz not null default clock_timestamp(),
    rotated_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz not null default clock_timestamp(),
    idle_until timestamptz not null,
    absolute_until timestamptz not null,
    -- When the janitor looks at it next: idle_until as it was when he, or the login, saw it last.
    sweep_at timestamptz not null,
    constraint idle_ends_by_then check (idle_until <= absolute_until)
) with (fillfactor = 70);

create index session_user_id_idx on signet.session (user_id);
create index session_sweep_at_idx on signet.session (sweep_at);

-- Who makes a user inactive, by whatever means, ends his sessions. Runs with the rights of its
-- owner, because whoever changes "user" need not see this schema.
create function signet.end_sessions_of_inactive() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from signet.session where user_id = new.id;
    return null;
end
$$;

create trigger signet_end_sessions after update on :accounts."user"
for each row when (new.active is not true and old.active is true)
execute function signet.end_sessions_of_inactive();

revoke all on signet.session from public;
revoke all on function signet.end_sessions_of_inactive() from public;
