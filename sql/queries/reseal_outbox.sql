-- reseal_outbox / $1 id, $2 expected sealed body, $3 new sealed body / nothing; one row affected unless the
--   row is gone or its body has changed
update signet.outbox set body = $3::text where id = $1::uuid and body = $2::text;
