-- put_outbox_alone / $1 id, $2 kind, $3 name, $4 user id or NULL, $5 recipient or NULL, $6 sealed body,
--   $7 how many asks may wait / nothing; one row affected, but none for an ask if so many wait
-- The same row may come again when the answer to a COMMIT was lost, and counts as put.
insert into signet.outbox (id, kind, name, user_id, recipient, body)
select $1::uuid, $2::text, $3::text, $4::uuid, $5::text, $6::text
where $2::text <> 'ask'
    or not exists (
        select
        from signet.outbox waiting
        where waiting.kind = 'ask' and waiting.failed_at is null
        offset $7::bigint - 1
        limit 1
    )
on conflict (id) do update set id = excluded.id;
