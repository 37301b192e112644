-- lock_session / $1 session id / one row if the session exists, after locking it against other changes
select 1::text from signet.session where id = $1::uuid for update;
