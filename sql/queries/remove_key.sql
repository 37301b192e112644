-- remove_key / $1 kid / nothing; one row affected if the key existed
delete from signet.signing_key where kid = $1::text;
