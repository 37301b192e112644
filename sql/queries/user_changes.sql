-- user_changes / $1 the snapshot of the look before, or NULL at the first one / one row for each
-- change that was committed since, but one at least: the snapshot of this look, when the server was
-- started and which of its processes answers, its time in Unix seconds, whether there is a change in
-- this row, and whose it is (NULL: everybody's). At most 10001 rows: with so many the rest does not
-- matter.
-- What was not visible then was either not begun, or running; so an old transaction that goes on
-- makes nothing be read twice. A transaction of another time or cluster, as a restored dump holds,
-- is not visible now and left out.
select
    pg_current_snapshot()::text,
    pg_postmaster_start_time()::text || ' ' || pg_backend_pid(),
    floor(extract(epoch from clock_timestamp()))::bigint::text,
    (c.xact is not null)::text,
    c.user_id::text
from (select) look
left join signet.user_change c
    on (
        c.xact >= pg_snapshot_xmax($1::pg_snapshot)
        or c.xact = any (array(select pg_snapshot_xip($1::pg_snapshot)))
    )
    and pg_visible_in_snapshot(c.xact, pg_current_snapshot())
limit 10001;
