-- find_by_email / $1 email, $2 the subject of the failures if nobody has it, $3 the client's network
--   or NULL / the account columns, the subject, its failures, the milliseconds to wait, and whether a
--   try that counts is being verified; one row for each role (NULL if none), and one without an account if there is none
-- An exact match wins; otherwise the only match without regard to ASCII case; otherwise there is none.
with matched as (
    select m.id, m.email::text collate "C" = $1::text as exact
    from :accounts."user" m
    where lower(m.email::text collate "C") = lower($1::text collate "C")
),
counted as (
    select id, exact, count(*) over () as n, count(*) filter (where exact) over () as exact_n
    from matched
),
found as materialized (
    select (select id from counted where case when exact_n = 0 then n = 1 else exact and exact_n = 1 end) as id
),
budget as (
    select
        b.id,
        case
            when b.id is null then $2::text
            when exists (
                select
                from signet.session s
                where s.user_id = b.id and s.address = $3::cidr and clock_timestamp() < s.idle_until
            ) then 'user:' || b.id::text || '@' || $3::cidr::text
            else 'user:' || b.id::text
        end as subject
    from found b
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
    b.subject,
    coalesce(f.failures, 0)::text,
    greatest(coalesce(ceil(extract(epoch from f.wait_until - clock_timestamp()) * 1000), 0), 0)::bigint::text,
    coalesce(f.trying > 0 and f.trying_until > clock_timestamp(), false)::text
from budget b
left join :accounts."user" u on u.id = b.id
left join signet.password_failure f on f.subject = b.subject
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id;
