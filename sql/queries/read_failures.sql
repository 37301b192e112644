-- read_failures / $1 user id, $2 session id / the subject of the failures of somebody who has this
--   session, its failures, the milliseconds to wait, and whether a try that counts is being
--   verified; no row if the user has no such session
select
    b.subject,
    coalesce(f.failures, 0)::text,
    greatest(coalesce(ceil(extract(epoch from f.wait_until - clock_timestamp()) * 1000), 0), 0)::bigint::text,
    coalesce(f.trying > 0 and f.trying_until > clock_timestamp(), false)::text
from (
    select 'user:' || s.user_id::text || coalesce('@' || s.address::text, '') as subject
    from signet.session s
    where s.id = $2::uuid and s.user_id = $1::uuid
) b
left join signet.password_failure f on f.subject = b.subject;
