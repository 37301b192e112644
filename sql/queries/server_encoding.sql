-- server_encoding / / one row: the text encoding of the database
select current_setting('server_encoding');
