-- record_login / $1 user id, $2 expected hash or NULL, $3 new hash or NULL / nothing
update "user"
set
    last_login_at = now(),
    password = case when password = $2::text then $3::text else password end
where id = $1::uuid;
