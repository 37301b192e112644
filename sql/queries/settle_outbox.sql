-- settle_outbox / $1 id, $2 why it is given up, or NULL if it was delivered / one row if it is an event that
--   stays, or was given up: its kind
-- What was delivered is removed, but for an event, which can be sent again.
with removed as (
    delete from signet.outbox where id = $1::uuid and kind <> 'event' and $2::text is null
)
update signet.outbox
set
    leased = false,
    failed_at = case when $2::text is not null then clock_timestamp() end,
    sent_at = case when $2::text is null then clock_timestamp() end,
    error = coalesce($2::text, '')
where id = $1::uuid and (kind = 'event' or $2::text is not null)
returning kind;
