-- set_active / $1 user id, $2 whether active / nothing; one row affected if the user exists
update :accounts."user" set active = $2::boolean where id = $1::uuid;
