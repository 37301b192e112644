-- count_failure / $1 subject, $2 whether it was reserved, $3 failures before the first wait, $4 the longest
--   wait in seconds, $5 how many are an attack, $6 the pause between two alarms in seconds, $7 the
--   client's network or NULL, $8 the id of the request or NULL, $9 what the audit calls the refusal /
--   one row: the failures with this one; whether it is an alarm, which the audit then has as well
-- One that was reserved counts already, unless a right password has forgotten it meanwhile.
with moment as materialized (select clock_timestamp() as now),
counted as (
    insert into signet.password_failure as f (subject, failures, wait_until, last_at)
    select $1::text, 1, now, now from moment
    on conflict (subject) do update set
        failures = f.failures + case when $2::boolean then 0 else 1 end,
        wait_until = case
            when $2::boolean then f.wait_until
            else excluded.last_at + make_interval(secs =>
                case
                    when f.failures < $3::bigint then 0
                    else least(power(2, least(f.failures - $3::bigint, 30)), $4::bigint)
                end)
        end,
        last_at = excluded.last_at,
        trying = case when $2::boolean then greatest(f.trying - 1, 0) else f.trying end,
        alarmed_at = case
            when f.failures + case when $2::boolean then 0 else 1 end >= $5::bigint
                and coalesce(f.alarmed_at + make_interval(secs => $6::bigint) <= excluded.last_at, true)
            then excluded.last_at
            else f.alarmed_at
        end
    returning failures, coalesce(alarmed_at = last_at, false) as alarming
),
noted as (
    -- The same is written for a name that nobody has, without the name.
    insert into signet.audit (actor, action, subject, detail, network, request)
    select 'client', n.action, case when $1::text like 'user:%' then c.who else '' end, n.detail, $7::cidr, $8::text
    from (select *, split_part(split_part($1::text, ':', 2), '@', 1) as who from counted) c
    cross join lateral (
        values
            ($9::text, '', true),
            (
                replace($9::text, 'refused', 'throttled'),
                c.failures::text || ' wrong passwords in a row',
                c.alarming and $1::text like 'user:%'
            )
    ) n (action, detail, applies)
    where n.applies
)
select failures::text, alarming::text from counted;
