-- end_session / $1 user id, $2 session id, and of the audit row: $3 actor, $4 action, $5 detail,
--   $6 address prefix or NULL, $7 id of the request or NULL / nothing; one row affected if the user had
--   the session
with ended as (
    delete from signet.session where id = $2::uuid and user_id = $1::uuid returning 1
)
insert into signet.audit (actor, action, subject, detail, network, request)
select $3::text, $4::text, $1::uuid::text, $5::text, $6::cidr, $7::text from ended;
