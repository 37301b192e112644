-- remove_user / $1 user id / nothing; one row affected if the user existed
delete from :accounts."user" where id = $1::uuid;
