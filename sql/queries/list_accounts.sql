-- list_accounts / $1 after this id or NULL, $2 limit, $3 pattern of a name or NULL, $4 role or NULL
--   / the account columns, one row for each role
-- The password hash is NULL, because a list does not need it. Only one half of `page` runs: with a
-- role PostgreSQL may begin at the rows of user_role.
with page as (
    (
        select m.id
        from :accounts."user" m
        where $4::text is null
            and ($1::uuid is null or m.id > $1::uuid)
            and ($3::text is null
                or lower(m.username::text collate "C") like lower($3::text collate "C")
                or lower(m.email::text collate "C") like lower($3::text collate "C"))
        order by m.id
        limit $2::bigint
    )
    union all
    (
        select distinct m.id
        from :accounts.role mn
        join :accounts.user_role mr on mr.role_id = mn.id
        join :accounts."user" m on m.id = mr.user_id
        where mn.name = $4::text
            and ($1::uuid is null or m.id > $1::uuid)
            and ($3::text is null
                or lower(m.username::text collate "C") like lower($3::text collate "C")
                or lower(m.email::text collate "C") like lower($3::text collate "C"))
        order by m.id
        limit $2::bigint
    )
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
