-- retry_outbox / $1 id / nothing; one row affected if there is one
-- Its day begins anew.
update signet.outbox
set due_at = clock_timestamp(), created_at = clock_timestamp(), failed_at = null, attempts = 0
where id = $1::uuid;
