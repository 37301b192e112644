-- list_outbox / $1 limit, $2 whether events that were delivered, too / id, kind, name, recipient, state,
--   attempts, created and due in Unix seconds, error; the oldest first
select
    id::text,
    kind,
    name,
    recipient,
    case when failed_at is not null then 'failed' when sent_at is not null then 'sent' else 'waiting' end,
    attempts::text,
    floor(extract(epoch from created_at))::bigint::text,
    floor(extract(epoch from due_at))::bigint::text,
    error
from signet.outbox
where sent_at is null or $2::boolean
order by created_at, number
limit $1::bigint;
