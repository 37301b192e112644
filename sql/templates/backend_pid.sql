-- Which process of PostgreSQL answers; the last statement of a text.
select pg_backend_pid()
