-- insert_key / $1 kid, $2 alg, $3 state, $4 whether foreign, $5 public part, $6 private part or NULL,
--   $7 created, $8 published, $9 active after, $10 activated or NULL, $11 retired or NULL, $12 remove
--   after or NULL, all in Unix seconds, $13 the lifetime of its tokens in seconds / nothing
insert into signet.signing_key (
    kid, alg, state, is_foreign, public_part, private_part,
    created_at, published_at, active_after, activated_at, retired_at, remove_after,
    tokens_ttl_s
)
values (
    $1::text, $2::text, $3::text, $4::boolean, $5::text, $6::text,
    to_timestamp($7::bigint), to_timestamp($8::bigint), to_timestamp($9::bigint),
    to_timestamp($10::bigint), to_timestamp($11::bigint), to_timestamp($12::bigint),
    $13::bigint
);
