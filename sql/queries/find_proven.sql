-- find_proven / $1 user id / one row if the address of the user was proven
select true::text
from signet.proven_address p
join :accounts."user" u on u.id = p.user_id
where u.id = $1::uuid
    and lower(u.email::text collate "C") = lower(p.address::text collate "C");
