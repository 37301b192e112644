-- A row of the audit says where a request came from. Rows are removed once they are old, by a function
-- and nothing else: the service has no right to delete, and the trigger refuses whoever has it the rows
-- of the last day, so that nobody who comes in can remove the traces of it at once. A day is also the
-- least that AUTH_AUDIT_KEEP may be (include/signet/domain/audit.hpp).

set local lock_timeout = '1s';

alter table signet.audit add column network cidr;
alter table signet.audit add column request text;

create index audit_at_idx on signet.audit (at);
create index audit_subject_idx on signet.audit (subject, id);

-- `old` is there for a row that is deleted only, so it is looked at inside.
create or replace function signet.refuse_audit_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'DELETE' then
        if old.at < clock_timestamp() - interval '1 day' then
            return old;
        end if;
    end if;
    raise exception 'the audit trail is only ever appended to, and rows stay for a day at least'
        using errcode = 'SG002';
end
$$;

drop trigger audit_guard on signet.audit;

create trigger audit_guard before update or truncate on signet.audit
for each statement execute function signet.refuse_audit_change();

create trigger audit_guard_delete before delete on signet.audit
for each row execute function signet.refuse_audit_change();

-- Removes at most `most` rows that are older than `keep_s` seconds, and returns how many. Callers that
-- come at once share the work. now() and not clock_timestamp(), which no index is searched by: a call
-- that finds nothing to remove would read the whole index. Refusals of names that nobody has go after a
-- day, because anybody can think of names.
create function signet.prune_audit(keep_s bigint, most bigint) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with due as (
        select id
        from signet.audit
        where at < now() - make_interval(secs => greatest(keep_s, 86400))
            or (subject = '' and at < now() - interval '1 day')
        order by at
        limit most
        for update skip locked
    ),
    removed as (
        delete from signet.audit a using due where a.id = due.id returning 1
    )
    select count(*) from removed
$$;

revoke all on function signet.prune_audit(bigint, bigint) from public;
