-- change_account / $1 user id, $2 new username or NULL, $3 new metadata or NULL, $4 the session that
--   changes it / nothing; one row affected unless the user is gone or inactive, or the session has
--   ended
update :accounts."user" u
set username = coalesce($2::text, u.username), metadata = coalesce($3::jsonb, u.metadata)
where u.id = $1::uuid
    and u.active
    and exists (select from signet.session s where s.id = $4::uuid and s.user_id = u.id);
