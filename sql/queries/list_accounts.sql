-- list_accounts / $1 after this id or NULL, $2 limit / the account columns, one row for each role
-- The password hash is NULL, because a list does not need it.
with page as (
    select id
    from :accounts."user"
    where $1::uuid is null or id > $1::uuid
    order by id
    limit $2::bigint
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
    r.name::text
from page p
join :accounts."user" u on u.id = p.id
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
order by u.id;
