-- Also recorded as 520220fe5f869167efebea8163e409711672f288086debe72dfe40bcf4cce222
-- The signing keys that replicas share, what was done to them, and the epoch by which every replica
-- notices. The rules stand here as well as in the key ring, so that neither a mistake in code nor
-- plain SQL can break tokens that live: SQLSTATE SG002. Not forbidden is a key that is promoted
-- before active_after, because a forced promotion and an emergency need that. The schema's owner
-- can switch the triggers off: they hold off mistakes, not whoever has that role.

-- Times are whole seconds: what the key ring reads is what it writes back.
create table signet.signing_key (
    kid text primary key check (kid <> ''),
    alg text not null check (alg in ('RS256', 'ES256', 'EdDSA')),
    state text not null check (state in ('active', 'next', 'retired', 'revoked')),
    is_foreign boolean not null default false,
    public_part text not null check (public_part <> ''),
    private_part text check (private_part <> ''),
    created_at timestamptz(0) not null default now(),
    published_at timestamptz(0) not null,
    active_after timestamptz(0) not null,
    activated_at timestamptz(0),
    retired_at timestamptz(0),
    remove_after timestamptz(0),
    tokens_ttl_s bigint not null check (tokens_ttl_s between 0 and 3650 * 86400),
    constraint retired_says_when check (state <> 'retired' or remove_after is not null),
    constraint revoked_is_wiped check (state <> 'revoked' or private_part is null),
    constraint active_has_private_part check (state <> 'active' or private_part is not null),
    -- A key in the clear, which is PEM, would be in every dump.
    constraint private_part_is_sealed check (position('-----' in private_part) = 0),
    constraint times_are_finite check (
        isfinite(created_at) and isfinite(published_at) and isfinite(active_after)
        and isfinite(coalesce(activated_at, created_at))
        and isfinite(coalesce(retired_at, created_at))
        and isfinite(coalesce(remove_after, created_at))
    )
);

create unique index signing_key_one_active on signet.signing_key ((true)) where state = 'active';
create unique index signing_key_one_next on signet.signing_key ((true)) where state = 'next';

create table signet.epoch (
    name text primary key,
    value bigint not null,
    -- Random with every value: after a fail-over that lost commits the same value can come again,
    -- with other keys.
    word bigint not null default 0
);

insert into signet.epoch (name, value) values ('signing_key', 0);

create table signet.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null
);

-- clock_timestamp() and not now(): the transaction may have waited for a lock.
create function signet.guard_signing_key() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'signing keys are not truncated' using errcode = 'SG002';
    end if;
    if tg_op = 'DELETE' then
        if old.state = 'active' then
            raise exception 'the active signing key cannot be removed' using errcode = 'SG002';
        end if;
        if old.state = 'retired' and clock_timestamp() < old.remove_after then
            raise exception 'a retired signing key whose tokens live cannot be removed'
                using errcode = 'SG002';
        end if;
        return old;
    end if;
    if new.kid <> old.kid or new.alg <> old.alg or new.public_part <> old.public_part then
        raise exception 'kid, alg and public_part of a signing key never change'
            using errcode = 'SG002';
    end if;
    if new.state <> old.state and (
        old.state = 'revoked'
        or old.state = 'retired' and new.state <> 'revoked'
        or old.state = 'active' and new.state = 'next'
    ) then
        raise exception 'a signing key that is % does not become %', old.state, new.state
            using errcode = 'SG002';
    end if;
    if new.tokens_ttl_s < old.tokens_ttl_s then
        raise exception 'how long the tokens of a signing key live is never lowered'
            using errcode = 'SG002';
    end if;
    -- The verifiers' leeway and the age that a replica's view may have when it signs, 60 s each. The
    -- key ring keeps a key 10 s longer, which is how long a change may take until it comes here.
    if old.state <> 'retired' and new.state = 'retired' and new.remove_after
        < clock_timestamp() + make_interval(secs => new.tokens_ttl_s + 120) then
        raise exception 'a signing key stays until the last token that it signed is dead'
            using errcode = 'SG002';
    end if;
    -- Of a key that is revoked no token is honoured any more, so its time may be anything.
    if old.state = 'retired' and new.state = 'retired' and new.remove_after < old.remove_after then
        raise exception 'a retired signing key is not removed earlier than was said'
            using errcode = 'SG002';
    end if;
    return new;
end
$$;

-- At the end of the transaction, since there is none for a moment between two statements. A key that
-- is revoked needs no successor first, because an emergency does not wait.
create function signet.require_successor() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from signet.signing_key where state = 'active') then
        raise exception 'a signing key is retired only when another one becomes active'
            using errcode = 'SG002';
    end if;
    return null;
end
$$;

create function signet.guard_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'an epoch is not removed' using errcode = 'SG002';
    end if;
    if new.name <> old.name or new.value <= old.value then
        raise exception 'an epoch only grows' using errcode = 'SG002';
    end if;
    return new;
end
$$;

-- Once a transaction, however many statements it has: the row's xmin tells who wrote it last.
create function signet.bump_signing_key_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    bumped bigint;
begin
    update signet.epoch
    set value = value + 1, word = hashtextextended(gen_random_uuid()::text, 0)
    where name = 'signing_key' and xmin <> pg_current_xact_id()::xid
    returning value into bumped;
    if bumped is not null then
        perform pg_notify('signet_keys', bumped::text);
    end if;
    return null;
end
$$;

create function signet.refuse_audit_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the audit trail is only ever appended to' using errcode = 'SG002';
end
$$;

create trigger signing_key_guard before update or delete on signet.signing_key
for each row execute function signet.guard_signing_key();

create trigger signing_key_guard_truncate before truncate on signet.signing_key
for each statement execute function signet.guard_signing_key();

create trigger signing_key_epoch after insert or update or delete on signet.signing_key
for each statement execute function signet.bump_signing_key_epoch();

create constraint trigger signing_key_successor after update on signet.signing_key
deferrable initially deferred for each row
when (old.state = 'active' and new.state = 'retired')
execute function signet.require_successor();

create trigger epoch_guard before update or delete on signet.epoch
for each row execute function signet.guard_epoch();

create trigger epoch_guard_truncate before truncate on signet.epoch
for each statement execute function signet.guard_epoch();

create trigger audit_guard before update or delete or truncate on signet.audit
for each statement execute function signet.refuse_audit_change();

revoke all on signet.signing_key, signet.epoch, signet.audit from public;
revoke all on function signet.guard_signing_key() from public;
revoke all on function signet.bump_signing_key_epoch() from public;
revoke all on function signet.require_successor() from public;
revoke all on function signet.guard_epoch() from public;
revoke all on function signet.refuse_audit_change() from public;
