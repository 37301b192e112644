-- Two statements in one message: the limit holds for the second alone, and ends with it.
set local statement_timeout = :limit_ms;
execute :statement(:parameters)
