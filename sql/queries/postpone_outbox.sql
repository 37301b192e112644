-- postpone_outbox / $1 id, $2 milliseconds, $3 error / nothing
update signet.outbox
set leased = false, due_at = clock_timestamp() + make_interval(secs => $2::bigint / 1000.0::double precision), error = $3::text
where id = $1::uuid;
