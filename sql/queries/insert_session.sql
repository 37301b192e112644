-- insert_session / $1 session id, $2 user id, $3 sealed key, $4 device, $5 address prefix or NULL,
--   $6 idle seconds, $7 absolute seconds, $8 id of the request or NULL / nothing
-- Writes the audit row of a login in the same statement, so that it costs no round trip.
with moment as materialized (select clock_timestamp() as now),
life as (
    select
        now,
        least(now + make_interval(secs => $6::bigint), now + make_interval(secs => $7::bigint)) as idle,
        now + make_interval(secs => $7::bigint) as absolute
    from moment
),
opened as (
    insert into signet.session (
        id, user_id, sealed_key, device, address, created_at, rotated_at, last_used_at, idle_until,
        absolute_until, sweep_at
    )
    select $1::uuid, $2::uuid, $3::text, $4::text, $5::cidr, now, now, now, idle, absolute, idle
    from life
)
insert into signet.audit (actor, action, subject, detail, network, request)
values ('user', 'login', $2::uuid::text, 'session ' || $1::uuid::text, $5::cidr, $8::text);
