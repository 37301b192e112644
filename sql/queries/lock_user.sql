-- lock_user / $1 user id / nothing; one row affected if there is such a user
-- A separate statement, so that the next one sees what was committed while it waited.
select from :accounts."user" where id = $1::uuid for no key update;
