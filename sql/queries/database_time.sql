-- database_time / / one row: the clock of PostgreSQL, in Unix seconds
select floor(extract(epoch from clock_timestamp()))::bigint::text;
