-- give_failure_back / $1 subject / nothing
update signet.password_failure
set failures = greatest(failures - 1, 0), trying = greatest(trying - 1, 0), wait_until = clock_timestamp()
where subject = $1::text;
