-- user_changes / $1 the snapshot of the previous query, or NULL for the first one / one row for each
-- change that was committed since, but at least one row: the snapshot of this query, when the server
-- was started and which of its processes answers, its time in Unix seconds, whether there is a change
-- in this row, whose it is (NULL: everybody's), and whether the database takes writes. There are at most 10001 rows, because with so many
-- the rest does not matter.
-- A transaction that was not visible in the previous snapshot had either not begun or was still
-- running, so a transaction that stays open does not cause changes to be read twice. A transaction of
-- another time or cluster, which a restored dump may contain, is not visible now and is left out.
select
    pg_current_snapshot()::text,
    pg_postmaster_start_time()::text || ' ' || pg_backend_pid(),
    floor(extract(epoch from clock_timestamp()))::bigint::text,
    (c.xact is not null)::text,
    c.user_id::text,
    (current_setting('transaction_read_only') = 'off')::text
from (select) look
left join signet.user_change c
    on (
        c.xact >= pg_snapshot_xmax($1::pg_snapshot)
        or c.xact = any (array(select pg_snapshot_xip($1::pg_snapshot)))
    )
    and pg_visible_in_snapshot(c.xact, pg_current_snapshot())
limit 10001;
