-- change_password / $1 user id, $2 expected hash, $3 new hash / nothing; one row affected unless the
--   user is gone or inactive, or the hash is another
update "user"
set password = $3::text
where id = $1::uuid and active and password = $2::text;
