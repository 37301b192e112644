-- delete_account / $1 user id, $2 expected hash, $3 the session that deletes it / nothing; one row
--   affected unless the user is gone or inactive, the hash has changed, or the session has ended
delete from :accounts."user" u
where u.id = $1::uuid
    and u.active
    and u.password = $2::text
    and exists (select from signet.session s where s.id = $3::uuid and s.user_id = u.id);
