-- insert_session / $1 session id, $2 user id, $3 sealed key, $4 device, $5 address prefix or NULL,
--   $6 idle seconds, $7 absolute seconds / nothing
with moment as materialized (select clock_timestamp() as now),
life as (
    select
        now,
        least(now + make_interval(secs => $6::bigint), now + make_interval(secs => $7::bigint)) as idle,
        now + make_interval(secs => $7::bigint) as absolute
    from moment
)
insert into signet.session (
    id, user_id, sealed_key, device, address, created_at, rotated_at, last_used_at, idle_until,
    absolute_until, sweep_at
)
select $1::uuid, $2::uuid, $3::text, $4::text, $5::cidr, now, now, now, idle, absolute, idle
from life;
