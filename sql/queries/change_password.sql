-- change_password / $1 user id, $2 expected hash, $3 new hash, $4 the session that changes it /
--   nothing; one row affected unless the user is gone or inactive, the hash has changed, or the
--   session has ended
update :accounts."user" u
set password = $3::text
where u.id = $1::uuid
    and u.active
    and u.password = $2::text
    and exists (select from signet.session s where s.id = $4::uuid and s.user_id = u.id);
