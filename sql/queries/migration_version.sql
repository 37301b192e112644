-- migration_version / / one row: the newest applied version, 0 if none
select coalesce(max(version), 0)::text from signet.migration;
