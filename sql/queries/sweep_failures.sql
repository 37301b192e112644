-- sweep_failures / $1 seconds after the last failure, $2 how many names that nobody has may stay, $3 limit
--   / nothing; one row affected for each that was removed
-- Rows that somebody is changing are passed over, and so no replica waits for another.
with expired as (
    select subject
    from signet.password_failure
    where last_at < now() - make_interval(secs => $1::bigint)
    order by last_at
    limit $3::bigint
    for update skip locked
),
too_many as (
    select subject
    from signet.password_failure
    where subject like 'name:%'
        and last_at <= (
            select last_at
            from signet.password_failure
            where subject like 'name:%'
            order by last_at desc
            offset $2::bigint
            limit 1
        )
    order by last_at
    limit $3::bigint
    for update skip locked
)
delete from signet.password_failure
where subject = any (array(select subject from expired union all select subject from too_many));
