-- list_outbox / $1 limit / id, kind, name, recipient, whether it was given up, attempts, created and due in
--   Unix seconds, error; the oldest first
select
    id::text,
    kind,
    name,
    recipient,
    (failed_at is not null)::text,
    attempts::text,
    floor(extract(epoch from created_at))::bigint::text,
    floor(extract(epoch from due_at))::bigint::text,
    error
from signet.outbox
order by created_at, number
limit $1::bigint;
