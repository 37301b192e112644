-- lock_keys / / one row, once nobody else changes the signing keys; held until the transaction ends
select pg_advisory_xact_lock(6082315174602174)::text;
