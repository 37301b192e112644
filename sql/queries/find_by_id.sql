-- find_by_id / $1 user id / the account columns, one row for each of its roles (NULL if none)
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
from :accounts."user" u
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where u.id = $1::uuid;
