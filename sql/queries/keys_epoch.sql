-- keys_epoch / / one row: the epoch of the signing keys, and its word
select value::text, word::text from signet.epoch where name = 'signing_key';
