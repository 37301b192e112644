-- note_audit / $1 actor, $2 action, $3 subject, $4 detail, $5 address prefix or NULL, $6 id of the
--   request or NULL / one row: the id of the audit row
insert into signet.audit (actor, action, subject, detail, network, request)
values ($1::text, $2::text, $3::text, $4::text, $5::cidr, $6::text)
returning id::text;
