-- sweep_failures / $1 seconds after the last failure, $2 how many names that nobody has may stay, $3 limit
--   / nothing; one row affected for each that was removed
delete from signet.password_failure
where subject in (
    (
        select subject
        from signet.password_failure
        where last_at < clock_timestamp() - make_interval(secs => $1::bigint)
        order by last_at
        limit $3::bigint
    )
    union all
    (
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
    )
);
