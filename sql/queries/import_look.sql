-- import_look / $1 JSON array of users with a number each / a row for each that is not free: its number, whether
--   it is there already, its id is taken, its username is taken, its e-mail address is taken
-- A user is there already if one with the same names has its id or, where the source gave none, its password.
select
    r.number::text,
    bool_or(
        coalesce(h.username, '') = coalesce(r.username, '')
            and coalesce(h.email, '') = coalesce(r.email, '')
            and case when r.has_id then h.id = r.id else coalesce(h.password, '') = coalesce(r.password, '') end
    )::text,
    bool_or(h.id = r.id)::text,
    coalesce(bool_or(lower(r.username collate "C") in (lower(h.username collate "C"), lower(h.email collate "C"))), false)::text,
    coalesce(bool_or(lower(r.email collate "C") in (lower(h.username collate "C"), lower(h.email collate "C"))), false)::text
from jsonb_to_recordset($1::jsonb)
    as r (number integer, id uuid, has_id boolean, username text, email text, password text)
cross join lateral (
    select u.id, u.username::text, u.email::text, u.password::text
    from :accounts."user" u
    where u.id = r.id
    union all
    select u.id, u.username::text, u.email::text, u.password::text
    from :accounts."user" u
    where lower(u.username::text collate "C")
        = any (array[lower(r.username collate "C"), lower(r.email collate "C")])
    union all
    select u.id, u.username::text, u.email::text, u.password::text
    from :accounts."user" u
    where lower(u.email::text collate "C")
        = any (array[lower(r.username collate "C"), lower(r.email collate "C")])
) h
group by r.number;
