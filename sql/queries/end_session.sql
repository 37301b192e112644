-- end_session / $1 user id, $2 session id / nothing; one row affected if the user had the session
delete from signet.session where id = $2::uuid and user_id = $1::uuid;
