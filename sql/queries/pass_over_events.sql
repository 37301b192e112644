-- pass_over_events / $1 how many events that are due are looked at / nothing; one row affected for each that
--   waits behind another one, and is due again a minute after that one
-- Without this every lease would read all events of a user whose first one cannot be delivered now.
with due as (
    select o.id, o.user_id, o.due_at
    from signet.outbox o
    where o.kind = 'event' and o.failed_at is null and o.sent_at is null and o.due_at <= now()
    order by o.due_at
    limit $1::bigint
),
behind as (
    select o.id, f.due_at
    from due
    cross join lateral (
        select e.id, e.due_at
        from signet.outbox e
        where e.kind = 'event' and e.failed_at is null and e.sent_at is null and e.user_id = due.user_id
        order by e.number
        limit 1
    ) f
    join signet.outbox o on o.id = due.id
    -- One that was woken meanwhile has another time.
    where f.id <> o.id and f.due_at > now() and o.due_at = due.due_at
    for update of o skip locked
)
update signet.outbox o
set due_at = behind.due_at + interval '1 minute'
from behind
where o.id = behind.id;
