-- find_caller / $1 user id, $2 session id / the account columns, the metadata, and whether the
--   address was proven; one row for each role; no row unless the session belongs to the user and is live
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
    case when jsonb_typeof(u.metadata) = 'object' then u.metadata::text else '{}' end,
    exists (
        select
        from signet.proven_address p
        where p.user_id = u.id
            and lower(p.address::text collate "C") = lower(u.email::text collate "C")
    )::text
from signet.session s
join :accounts."user" u on u.id = s.user_id
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where s.id = $2::uuid and s.user_id = $1::uuid and clock_timestamp() < s.idle_until;
