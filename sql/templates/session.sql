-- The first that a connection says, before any name is looked for. Only superusers and extensions put
-- names into pg_catalog (the start looks who owns those), and a temporary schema comes last. Row level
-- security raises an error where it would hide rows.
set search_path = pg_catalog, pg_temp;
set row_security = off;
set standard_conforming_strings = on;
set default_transaction_isolation = 'read committed';
set timezone = 'UTC';
set jit = off;
