-- lock_ticket / $1 hash / nothing; one row affected if there is such a ticket
-- A separate statement, so that the next one sees what was committed while it waited.
select from signet.ticket where hash = $1::text for update;
