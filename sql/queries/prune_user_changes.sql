-- prune_user_changes / $1 a snapshot after which every replica has read, $2 limit / nothing; one row
-- affected for each removed change
delete from signet.user_change
where ctid = any (array(
    select ctid
    from signet.user_change
    where xact < pg_snapshot_xmax($1::pg_snapshot)
        and pg_visible_in_snapshot(xact, $1::pg_snapshot)
    order by xact
    limit $2::bigint
    for update skip locked
));
