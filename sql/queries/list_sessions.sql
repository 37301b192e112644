-- list_sessions / $1 user id / session id, device, address prefix or NULL, and created, last used
--   and idle until in Unix seconds; the most recently used first
select
    id::text,
    device,
    address::text,
    floor(extract(epoch from created_at))::bigint::text,
    floor(extract(epoch from last_used_at))::bigint::text,
    floor(extract(epoch from idle_until))::bigint::text
from signet.session
where user_id = $1::uuid and clock_timestamp() < idle_until
order by last_used_at desc, id;
