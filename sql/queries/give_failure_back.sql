-- give_failure_back / $1 subject / nothing
update signet.password_failure
set failures = greatest(failures - 1, 0), trying = greatest(trying - 1, 0),
    wait_until = case when trying > 1 then wait_until else clock_timestamp() end
where subject = $1::text;
