-- Three statements in one message. The time limit holds for the other two, until the transaction ends.
set local statement_timeout = :limit_ms;
select signet.require_trusted_function(:claims_signature, :other_role);
execute :statement(:parameters)
