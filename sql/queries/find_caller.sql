-- find_caller / $1 user id, $2 session id or NULL / the account columns, the metadata, and whether the
--   address was proven; one row for each role; no row if there is a session id that is not of a live
--   session of the user
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
from :accounts."user" u
left join :accounts.user_role ur on ur.user_id = u.id
left join :accounts.role r on r.id = ur.role_id
where u.id = $1::uuid
    and ($2::uuid is null
        or exists (
            select
            from signet.session s
            where s.id = $2::uuid and s.user_id = $1::uuid and clock_timestamp() < s.idle_until
        ));
