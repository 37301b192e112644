-- set_password / $1 user id, $2 password hash / nothing; one row affected if the user exists
update :accounts."user" set password = $2::text where id = $1::uuid;
