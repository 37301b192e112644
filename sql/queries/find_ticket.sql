-- find_ticket / $1 hash / user id, purpose, address, new address, where it leads, username, password hash,
--   session id, whether the user is active, whether the address was proven, whether several have signed up
--   with it; no row if its time is over or the address is not the user's any more, who may have none
select
    t.user_id::text,
    t.purpose,
    t.address,
    t.new_address,
    t.redirect_to,
    t.username,
    t.password_hash,
    t.session_id::text,
    coalesce(u.active, false)::text,
    exists (
        select
        from signet.proven_address p
        where p.user_id = u.id and lower(p.address::text collate "C") = lower(t.address::text collate "C")
    )::text,
    exists (select from signet.proven_address p where p.user_id = u.id and p.address = '')::text
from signet.ticket t
join :accounts."user" u on u.id = t.user_id
where t.hash = $1::text
    and t.expires_at > clock_timestamp()
    and lower(coalesce(u.email::text, '') collate "C") = lower(t.address::text collate "C");
