-- lock_sweep / / one row: whether nobody else sweeps; held until the transaction ends
select pg_try_advisory_xact_lock(6082315174602175);
