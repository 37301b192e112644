-- forget_failures_of / $1 user id / nothing; one row affected for each budget of the user that had any
-- By the order of bytes, what follows user:ID@ is before user:IDA.
delete from signet.password_failure
where subject = 'user:' || $1::uuid::text
    or subject >= 'user:' || $1::uuid::text || '@' and subject < 'user:' || $1::uuid::text || 'A';
