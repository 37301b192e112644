-- Which state of a signing key follows which is judged by the machine that rotates keys alone
-- (src/keys/rotation.hpp); two copies of the same rules have to agree forever. The database holds
-- what a row may be: one active and one next key, the checks of the table, and that a key whose
-- tokens may live stays. SQLSTATE SG002. Former versions write rows that satisfy this.

set local lock_timeout = '1s';

drop trigger signing_key_successor on signet.signing_key;
drop function signet.require_successor();

-- clock_timestamp() and not now(), because the transaction may have waited for a lock. Of a key that
-- is revoked no token is honoured any more, so it may go at any time.
create or replace function signet.guard_signing_key() returns trigger
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
    if new.tokens_ttl_s < old.tokens_ttl_s then
        raise exception 'how long the tokens of a signing key live is never lowered'
            using errcode = 'SG002';
    end if;
    if old.state = 'retired' and new.state = 'retired' and new.remove_after < old.remove_after then
        raise exception 'a retired signing key is not removed earlier than was said'
            using errcode = 'SG002';
    end if;
    return new;
end
$$;

-- 120 s are the leeway of the verifiers and the age that a replica's view may have when it signs,
-- 60 s each. A predecessor's key signed nothing here. Rows that are there are not looked at, so that
-- none of them can stop the migration.
alter table signet.signing_key add constraint retired_outlives_its_tokens check (
    state <> 'retired' or is_foreign or remove_after is null
    or coalesce(
        extract(epoch from remove_after) >= extract(epoch from retired_at) + tokens_ttl_s + 120,
        false)
) not valid;
