-- list_accounts / $1 after this id or NULL, $2 limit, $3 part of a name or NULL, $4 role or NULL
--   / the account columns, one row for each role
-- The password hash is NULL, because a list does not need it. strpos() takes $3 as it is, where LIKE
-- would read patterns.
with page as (
    select m.id
    from :accounts."user" m
    where ($1::uuid is null or m.id > $1::uuid)
        and ($3::text is null
            or strpos(lower(m.username::text collate "C"), lower($3::text collate "C")) > 0
            or strpos(lower(m.email::text collate "C"), lower($3::text collate "C")) > 0)
        and ($4::text is null or exists (
            select
            from :accounts.user_role mr
            join :accounts.role mn on mn.id = mr.role_id
            where mr.user_id = m.id and mn.name = $4::text
        ))
    order by m.id
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
