-- reserve_try / $1 subject, $2 failures before the first wait, $3 the longest wait in seconds, $4 the most
--   failures, $5 seconds until the outcome must be known / nothing; one row affected if it was counted
update signet.password_failure f
set failures = f.failures + 1,
    last_at = moment.now,
    wait_until = moment.now + make_interval(secs =>
        case
            when f.failures < $2::bigint then 0
            else least(power(2, least(f.failures - $2::bigint, 30)), $3::bigint)
        end),
    trying = case when f.trying_until > moment.now then f.trying else 0 end + 1,
    trying_until = moment.now + make_interval(secs => $5::bigint)
from (select clock_timestamp() as now) moment
where f.subject = $1::text and f.failures between 1 and $4::bigint - 1 
    -- A wait that is longer than any is one of a clock that was ahead.
    and (f.wait_until <= moment.now or f.wait_until > moment.now + make_interval(secs => $3::bigint));
