-- try_code / $1 user id, $2 the most tries / one row: the hash of the code; none if the user has no code
--   that is good for another try
update signet.ticket t
set tries = t.tries + 1
from :accounts."user" u
where t.user_id = $1::uuid
    and t.purpose = 'sign-in-code'
    and t.tries < $2::bigint
    and t.expires_at > clock_timestamp()
    and u.id = t.user_id
    and lower(u.email::text collate "C") = lower(t.address::text collate "C")
returning t.hash;
