-- update_key / as insert_key / nothing; one row affected if the key exists
update signet.signing_key
set
    alg = $2::text,
    state = $3::text,
    is_foreign = $4::boolean,
    public_part = $5::text,
    private_part = $6::text,
    created_at = to_timestamp($7::bigint),
    published_at = to_timestamp($8::bigint),
    active_after = to_timestamp($9::bigint),
    activated_at = to_timestamp($10::bigint),
    retired_at = to_timestamp($11::bigint),
    remove_after = to_timestamp($12::bigint),
    tokens_ttl_s = $13::bigint
where kid = $1::text;
