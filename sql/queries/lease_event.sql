-- lease_event / $1 seconds, $2 how many events that are due are looked at / id, kind, name, user id,
--   recipient, body, attempts with this one, seconds since its day began and Unix time of the creation of an
--   event; no row if of no user looked at the first event is due
-- Of the events of a user only the first is taken, so that they arrive in order.
with due as (
    select o.user_id, o.due_at
    from signet.outbox o
    where o.kind = 'event' and o.failed_at is null and o.sent_at is null and o.due_at <= now()
    order by o.due_at
    limit $2::bigint
),
first as (
    select f.id, due.due_at
    from due
    cross join lateral (
        select e.id, e.due_at
        from signet.outbox e
        where e.kind = 'event' and e.failed_at is null and e.sent_at is null and e.user_id = due.user_id
        order by e.number
        limit 1
    ) f
    where f.due_at <= now()
),
next as (
    select o.id
    from first
    join signet.outbox o on o.id = first.id
    where o.failed_at is null and o.sent_at is null and o.due_at <= now()
    order by first.due_at
    limit 1
    for update of o skip locked
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
