-- Every connection executes this first, before any name is looked up. Only superusers and extensions
-- put names into pg_catalog (the start checks who owns extensions), and the temporary schema comes
-- last. Row level security raises an error instead of hiding rows.
set search_path = pg_catalog, pg_temp;
set row_security = off;
set standard_conforming_strings = on;
set default_transaction_isolation = 'read committed';
set timezone = 'UTC';
set jit = off;
