-- claims_usable / / one row: whether AUTH_CLAIMS_FUNCTION exists with its signature, and whether this
--   role may call it; both true if none is configured
select
    :claims_signature::text is null or to_regprocedure(:claims_signature::text) is not null,
    :claims_signature::text is null
        or coalesce(has_function_privilege(to_regprocedure(:claims_signature::text)::oid, 'execute'), false);
