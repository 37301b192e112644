-- note_sign_in / $1 user id / nothing; one row affected unless the user is gone or inactive
update :accounts."user" set last_login_at = now() where id = $1::uuid and active;
