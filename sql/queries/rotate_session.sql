-- rotate_session / $1 session id, $2 generation, $3 idle seconds / the account columns, one row for
--   each role; no row unless this is the current generation, the session is live and its user active
-- The statement may be sent twice, because the second time the generation is another one.
with rotated as (
    update signet.session s
    set
        generation = s.generation + 1,
        rotated_at = clock_timestamp(),
        last_used_at = clock_timestamp(),
        idle_until = least(clock_timestamp() + make_interval(secs => $3::bigint), s.absolute_until)
    from :accounts."user" u
    where s.id = $1::uuid
        and s.generation = $2::integer
        and clock_timestamp() < s.idle_until
        and u.id = s.user_id
        and u.active
    returning s.user_id
)
select
    u.id::text,
    u.username::text,
    u.email::text,
    u.password::text,
    u.active::text,
    u.default_role::text,
    (case when isfinite(u.created_at) then floor(extract(epoch from u.created_at)) end)::bigint::text,
    (case when isfinite(u.last_login_at) then floor(extract(epoch from u.last_login_at)) end)::bigint::text,
    r.name::text
from rotated t
join :accounts."user" u on u.id = t.user_id
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id;
