-- wake_event / $1 id of an event that was settled / nothing
-- The next event of the user is due. It is written even if it is due, so that a pass_over_events that began
-- before finds it changed.
update signet.outbox o
set due_at = now()
where o.id = (
        select e.id
        from signet.outbox e
        where e.kind = 'event'
            and e.failed_at is null
            and e.sent_at is null
            and e.user_id = (select settled.user_id from signet.outbox settled where settled.id = $1::uuid)
        order by e.number
        limit 1
    )
    and o.attempts = 0;
