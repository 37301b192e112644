-- note_audit / $1 actor, $2 action, $3 subject, $4 detail / one row: the id of the audit row
insert into signet.audit (actor, action, subject, detail)
values ($1::text, $2::text, $3::text, $4::text)
returning id::text;
