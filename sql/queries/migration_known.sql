-- migration_known / / one row: whether the migration record exists
select to_regclass('signet.migration') is not null;
