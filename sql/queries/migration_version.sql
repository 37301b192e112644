-- migration_version / / one row: the newest applied version, 0 if none; whether the database takes writes
select coalesce(max(version), 0)::text, (current_setting('transaction_read_only') = 'off')::text
from signet.migration;
