-- end_sessions / $1 user id, $2 the session that stays or NULL / nothing; one row affected for each
delete from signet.session
where user_id = $1::uuid and ($2::uuid is null or id <> $2::uuid);
