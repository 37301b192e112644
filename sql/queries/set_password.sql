-- set_password / $1 user id, $2 password hash / nothing; one row affected if the user exists
-- Ends the user's sessions.
with ended as (delete from signet.session where user_id = $1::uuid)
update "user" set password = $2::text where id = $1::uuid;
