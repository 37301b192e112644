-- migration_lock / / nothing, once nobody else migrates this database; held until the transaction ends
-- The table can be locked only by who has rights on it.
lock table signet.migration in share row exclusive mode;
