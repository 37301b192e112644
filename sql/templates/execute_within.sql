-- Three statements in one message: the limit holds for those behind it, and ends with the transaction.
set local statement_timeout = :limit_ms;
select signet.require_trusted_function(:claims_signature, :other_role);
execute :statement(:parameters)
