-- lock_holder / $1 session id / nothing; one row affected if there is such a session
select from :accounts."user" where id = (select user_id from signet.session where id = $1::uuid) for no key update;
