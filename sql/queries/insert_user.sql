-- insert_user / $1 id, $2 username or NULL, $3 e-mail address or NULL, $4 password hash or NULL, $5 metadata
--   or NULL / nothing
insert into :accounts."user" (id, username, email, password, active, metadata)
values ($1::uuid, $2::text, $3::text, $4::text, true, coalesce($5::jsonb, '{}'::jsonb));
