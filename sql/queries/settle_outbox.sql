-- settle_outbox / $1 id, $2 why it is given up, or NULL if it was delivered / nothing
-- What was delivered is removed, but for an event, which can be sent again. The next event of the user is due.
with settled as (
    update signet.outbox
    set
        leased = false,
        failed_at = case when $2::text is not null then clock_timestamp() end,
        sent_at = case when $2::text is null then clock_timestamp() end,
        error = coalesce($2::text, '')
    where id = $1::uuid and (kind = 'event' or $2::text is not null)
    returning kind, user_id
),
removed as (
    delete from signet.outbox where id = $1::uuid and kind <> 'event' and $2::text is null
)
update signet.outbox o
set due_at = now()
where o.id = (
        select e.id
        from signet.outbox e
        where e.kind = 'event'
            and e.failed_at is null
            and e.sent_at is null
            and e.user_id = (select settled.user_id from settled where settled.kind = 'event')
            and e.id <> $1::uuid
        order by e.number
        limit 1
    )
    and o.attempts = 0
    and o.due_at > now();
