-- migration_known / / one row: whether the migration record is there
select to_regclass('signet.migration') is not null;
