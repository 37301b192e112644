-- retry_outbox / $1 id or NULL for all that were given up / nothing; one row affected for each that is due now
-- Its day begins anew. One that is being delivered is left alone, so that it does not go out twice.
update signet.outbox
set due_at = clock_timestamp(), tried_since = clock_timestamp(), failed_at = null, attempts = 0, leased = false
where not (leased and due_at > clock_timestamp())
    and case when $1::uuid is null then failed_at is not null else id = $1::uuid end;
