-- advance_session / $1 session id, $2 generation, $3 idle seconds / nothing
update signet.session
set
    generation = $2::integer,
    rotated_at = clock_timestamp(),
    last_used_at = clock_timestamp(),
    idle_until = least(clock_timestamp() + make_interval(secs => $3::bigint), absolute_until)
where id = $1::uuid;
