-- prune_audit / $1 seconds that rows are kept, $2 limit / one row: how many rows were removed
select signet.prune_audit($1::bigint, $2::bigint)::text;
