-- user_changes / $1 the snapshot of the look before, or NULL at the first one / one row for each
-- change that was committed since, but one at least: the snapshot of this look, when the server was
-- started, its time in Unix seconds, whether there is a change in this row, and whose it is (NULL:
-- everybody's). At most 10001 rows: with so many the rest does not matter.
-- A transaction of another time or cluster, as a restored dump holds, is not visible and left out.
select
    pg_current_snapshot()::text,
    pg_postmaster_start_time()::text,
    floor(extract(epoch from clock_timestamp()))::bigint::text,
    (c.xact is not null)::text,
    c.user_id::text
from (select $1::pg_snapshot as before) look
left join signet.user_change c
    on c.xact >= pg_snapshot_xmin(look.before)
    and not pg_visible_in_snapshot(c.xact, look.before)
    and pg_visible_in_snapshot(c.xact, pg_current_snapshot())
limit 10001;
