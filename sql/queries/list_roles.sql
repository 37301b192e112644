-- list_roles / $1 pattern of a name or NULL, $2 limit / name and number of users, by name bytewise
select r.name::text, (select count(*) from :accounts.user_role ur where ur.role_id = r.id)::text
from (
    select m.id, m.name
    from :accounts.role m
    where $1::text is null or lower(m.name::text collate "C") like lower($1::text collate "C")
    order by m.name::text collate "C", m.id
    limit $2::bigint
) r
order by r.name::text collate "C", r.id;
