-- migration_lock / / nothing, after locking this database against other migrations until the transaction ends
-- Only roles with rights on the table can lock it.
lock table signet.migration in share row exclusive mode;
