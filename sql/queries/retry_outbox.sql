-- retry_outbox / $1 id or NULL, $2 Unix seconds or NULL / nothing; one row affected for each that is due now:
--   the one with the id, or the events that were delivered since then, or without both all that was given up
-- Its day begins anew. One that is being delivered is left alone, so that it does not go out twice.
update signet.outbox
set
    due_at = clock_timestamp(),
    tried_since = clock_timestamp(),
    failed_at = null,
    sent_at = null,
    attempts = 0,
    leased = false
where not (leased and due_at > clock_timestamp())
    and case
        when $1::uuid is not null then id = $1::uuid
        when $2::bigint is not null then sent_at >= to_timestamp($2::bigint)
        else failed_at is not null
    end;
