-- put_password / $1 user id, $2 hash or NULL for none / nothing
update :accounts."user" set password = $2::text where id = $1::uuid;
