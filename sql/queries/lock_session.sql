-- lock_session / $1 session id / one row if there is this session, once nobody else changes it
select 1::text from signet.session where id = $1::uuid for update;
