-- sweep_outbox / $1 seconds after it was given up, $2 seconds of the longest limit of mail, $3 limit of each
--   kind, $4 seconds after it was delivered / one row: how many rows of the outbox, tickets and counts of
--   mails were removed
-- Rows that somebody is changing are passed over, and so no replica waits for another.
with failed as (
    delete from signet.outbox
    where id = any (array(
        select id
        from signet.outbox
        where failed_at < now() - make_interval(secs => $1::bigint)
        order by failed_at
        limit $3::bigint
        for update skip locked
    ))
    returning 1
),
sent as (
    delete from signet.outbox
    where id = any (array(
        select id
        from signet.outbox
        where sent_at < now() - make_interval(secs => $4::bigint)
        order by sent_at
        limit $3::bigint
        for update skip locked
    ))
    returning 1
),
expired as (
    delete from signet.ticket
    where hash = any (array(
        select hash
        from signet.ticket
        where expires_at < now()
        order by expires_at
        limit $3::bigint
        for update skip locked
    ))
    returning 1
),
forgotten as (
    delete from signet.mail_count
    where ctid = any (array(
        select ctid
        from signet.mail_count
        where at < now() - make_interval(secs => $2::bigint)
        order by at
        limit $3::bigint
        for update skip locked
    ))
    returning 1
)
select (
    (select count(*) from failed)
    + (select count(*) from sent)
    + (select count(*) from expired)
    + (select count(*) from forgotten)
)::text;
