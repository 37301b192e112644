-- try_code / $1 user id, $2 the most tries / one row: the hash of the code; none if the user has no code
--   that is good for another try
-- It does not wait for the disk, or the time would tell who has a code: the wrong code that is counted next, or the
-- session, waits for this one as well.
with quick as materialized (select set_config('synchronous_commit', 'off', true) as setting)
update signet.ticket t
set tries = t.tries + 1
from :accounts."user" u, quick q
where t.user_id = $1::uuid
    and t.purpose = 'sign-in-code'
    and t.tries < $2::bigint
    and t.expires_at > clock_timestamp()
    and u.id = t.user_id
    and lower(u.email::text collate "C") = lower(t.address::text collate "C")
    and q.setting = 'off'
returning t.hash;
