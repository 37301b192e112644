-- prune_user_changes / $1 a snapshot that every replica has seen past, $2 at most / nothing; as many
-- rows affected as changes were forgotten
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
