-- insert_user / $1 id, $2 username or NULL, $3 e-mail address or NULL, $4 password hash / nothing
insert into :accounts."user" (id, username, email, password, active)
values ($1::uuid, $2::text, $3::text, $4::text, true);
