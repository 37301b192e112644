-- read_user_now / $1 user id / the account columns without the password hash; the answer of the
--   claims function; the live sessions as `id=until` in Unix seconds, separated by commas. One row for
--   each role (NULL if none), no row if there is no such user
-- The function is called once, and only for an active user.
with claims as materialized (
    select to_jsonb(:claims_function(u.id))::text as answer
    from :accounts."user" u
    where u.id = $1::uuid and u.active
),
sessions as materialized (
    select string_agg(
        s.id::text || '=' || ceil(extract(epoch from
            least(s.idle_until, clock_timestamp() + interval '3650 days')))::bigint::text, ',') as alive
    from signet.session s
    where s.user_id = $1::uuid and clock_timestamp() < s.idle_until
)
select
    u.id::text,
    u.username::text,
    u.email::text,
    null::text,
    u.active::text,
    u.default_role::text,
    (case when isfinite(u.created_at) then floor(extract(epoch from u.created_at)) end)::bigint::text,
    (case when isfinite(u.last_login_at) then floor(extract(epoch from u.last_login_at)) end)::bigint::text,
    r.name::text,
    (select answer from claims),
    (select alive from sessions)
from :accounts."user" u
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where u.id = $1::uuid;
