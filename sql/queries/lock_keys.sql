-- lock_keys / / one row, after locking the signing keys against other changes until the transaction ends
select name from signet.epoch where name = 'signing_key' for update;
