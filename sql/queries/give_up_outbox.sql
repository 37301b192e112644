-- give_up_outbox / $1 id, $2 error / nothing
update signet.outbox set leased = false, failed_at = clock_timestamp(), error = $2::text where id = $1::uuid;
