-- find_session_with_claims / $1 session id / the columns of find_session, and the answer of
--   the claims function, NULL unless the user is active and the session is live. One row for each role
with claims as materialized (
    select to_jsonb(:claims_function(u.id))::text as answer
    from signet.session s
    join :accounts."user" u on u.id = s.user_id
    where s.id = $1::uuid and u.active and clock_timestamp() < s.idle_until
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
    r.name::text,
    s.generation::text,
    floor(extract(epoch from s.rotated_at) * 1000)::bigint::text,
    floor(extract(epoch from s.idle_until) * 1000)::bigint::text,
    floor(extract(epoch from s.absolute_until) * 1000)::bigint::text,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text,
    s.sealed_key,
    (select answer from claims)
from signet.session s
join :accounts."user" u on u.id = s.user_id
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where s.id = $1::uuid;
