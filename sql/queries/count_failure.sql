-- count_failure / $1 subject, $2 whether it counts in any case, $3 failures before the first wait, $4 the
--   longest wait in seconds, $5 the most failures, $6 how many are an attack, $7 the pause between two
--   alarms in seconds, $8 the client's network or NULL / one row: the failures with this one, NULL if it
--   was not taken; the milliseconds to wait; whether this was an alarm, which the audit then has
with moment as materialized (select clock_timestamp() as now),
counted as (
    insert into signet.password_failure as f (subject, failures, wait_until, last_at)
    select $1::text, 1, now, now from moment
    on conflict (subject) do update set
        failures = f.failures + 1,
        wait_until = excluded.last_at + make_interval(secs =>
            case
                when f.failures < $3::bigint then 0
                else least(power(2, least(f.failures - $3::bigint, 30)), $4::bigint)
            end),
        last_at = excluded.last_at,
        alarmed_at = case
            when f.failures + 1 >= $6::bigint
                and coalesce(f.alarmed_at + make_interval(secs => $7::bigint) <= excluded.last_at, true)
            then excluded.last_at
            else f.alarmed_at
        end
    where $2::boolean or (f.failures < $5::bigint and f.wait_until <= excluded.last_at)
    returning failures, coalesce(alarmed_at = last_at, false) as alarming
),
noted as (
    insert into signet.audit (actor, action, subject, detail)
    select
        'login',
        'password-guessing',
        split_part(split_part($1::text, ':', 2), '@', 1),
        failures::text || ' wrong passwords in a row'
            || case when $1::text like 'name:%' then ' for a name that nobody has' else '' end
            || ', the last one from ' || coalesce($8::text, 'an unknown network')
    from counted
    where alarming
)
select
    (select failures from counted)::text,
    (
        select greatest(ceil(extract(epoch from f.wait_until - m.now) * 1000), 0)::bigint
        from signet.password_failure f, moment m
        where f.subject = $1::text
    )::text,
    (select alarming from counted)::text;
