-- forget_failures / $1 subject / nothing; one row affected if it had any
delete from signet.password_failure where subject = $1::text;
