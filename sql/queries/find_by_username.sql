-- find_by_username / $1 username / the account columns, one row for each of its roles (NULL if none)
-- An exact match wins; otherwise the only match without regard to ASCII case; otherwise there is none.
with matched as (
    select m.id, m.username::text collate "C" = $1::text as exact
    from :accounts."user" m
    where lower(m.username::text collate "C") = lower($1::text collate "C")
),
counted as (
    select id, exact, count(*) over () as n, count(*) filter (where exact) over () as exact_n
    from matched
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
from counted c
join :accounts."user" u on u.id = c.id
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where case when c.exact_n = 0 then c.n = 1 else c.exact and c.exact_n = 1 end;
