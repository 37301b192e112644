-- list_sealed_outbox / $1 after this id or NULL, $2 limit / id, sealed body and whether it was given up, by id
select id::text, body, (failed_at is not null)::text
from signet.outbox
where $1::uuid is null or id > $1::uuid
order by id
limit $2::bigint;
