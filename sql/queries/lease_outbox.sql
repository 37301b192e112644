-- lease_outbox / $1 seconds, $2 whether asks, $3 whether mails / id, kind, name, user id, recipient, body,
--   attempts with this one, seconds since its day began and Unix time of the creation of the ask or mail that
--   is due for longest; no row if none is due
-- An index finds what is due by now(), and not by clock_timestamp(), which is another one for each row.
with next as (
    select o.id
    from signet.outbox o
    where o.kind <> 'event'
        and o.failed_at is null
        and o.due_at <= now()
        and case o.kind when 'ask' then $2::boolean else $3::boolean end
    order by o.due_at
    limit 1
    for update skip locked
)
update signet.outbox o
set due_at = clock_timestamp() + make_interval(secs => $1::bigint), attempts = o.attempts + 1, leased = true
from next
where o.id = next.id
returning
    o.id::text,
    o.kind,
    o.name,
    o.user_id::text,
    o.recipient,
    o.body,
    o.attempts::text,
    floor(extract(epoch from clock_timestamp() - o.tried_since))::bigint::text,
    floor(extract(epoch from o.created_at))::bigint::text;
