-- reseal_session / $1 session id, $2 expected sealed key, $3 new sealed key / nothing; one row affected
--   unless the session is gone or its sealed key has changed
update signet.session set sealed_key = $3::text where id = $1::uuid and sealed_key = $2::text;
