-- sweep_outbox / $1 seconds after it was given up, $2 seconds of the longest limit of mail, $3 limit /
--   nothing; one row affected for each that was given up and is removed now
with forgotten as (
    delete from signet.mail_count
    where at < now() - make_interval(secs => $2::bigint)
),
expired as (
    delete from signet.ticket where expires_at < now()
)
delete from signet.outbox
where id = any (array(
    select id
    from signet.outbox
    where failed_at < now() - make_interval(secs => $1::bigint)
    limit $3::bigint
    for update skip locked
));
