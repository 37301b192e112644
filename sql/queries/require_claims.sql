-- require_claims / / one row, or an error that says why the claims function cannot be called
select signet.require_trusted_function(:claims_signature, :other_role)
where :claims_signature::text is not null;
