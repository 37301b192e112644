-- put_outbox / $1 id, $2 kind, $3 name, $4 user id or NULL, $5 recipient or NULL, $6 sealed body / nothing
-- The same row may come again when the answer to a COMMIT was lost.
insert into signet.outbox (id, kind, name, user_id, recipient, body)
values ($1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::text)
on conflict (id) do nothing;
