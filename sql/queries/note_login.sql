-- note_login / $1 user id, $2 the hash that the password was verified against, $3 new hash or NULL
--   / nothing; one row affected unless the user is gone or inactive, or the hash has changed
update :accounts."user"
set last_login_at = now(), password = coalesce($3::text, password)
where id = $1::uuid and active and password = $2::text;
