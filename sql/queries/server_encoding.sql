-- server_encoding / / one row: how the database encodes text
select current_setting('server_encoding');
