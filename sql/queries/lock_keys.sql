-- lock_keys / / one row, once nobody else changes the signing keys; held until the transaction ends
select name from signet.epoch where name = 'signing_key' for update;
