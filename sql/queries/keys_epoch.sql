-- keys_epoch / / one row: the epoch of the signing keys
select value::text from signet.epoch where name = 'signing_key';
