-- migration_lock / / one row, once nobody else migrates this database
select pg_advisory_xact_lock(6082315174602173)::text;
