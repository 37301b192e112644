-- load_keys / / the epoch, its word, the database's time and the columns of a key, one row for each key; one
-- row with a NULL kid if there is none
with moment as materialized (
    select value, word, floor(extract(epoch from clock_timestamp()))::bigint as now_s
    from signet.epoch
    where name = 'signing_key'
)
select
    m.value::text,
    m.word::text,
    m.now_s::text,
    k.kid,
    k.alg,
    k.state,
    k.is_foreign::text,
    k.public_part,
    k.private_part,
    extract(epoch from k.created_at)::bigint::text,
    extract(epoch from k.published_at)::bigint::text,
    extract(epoch from k.active_after)::bigint::text,
    extract(epoch from k.activated_at)::bigint::text,
    extract(epoch from k.retired_at)::bigint::text,
    extract(epoch from k.remove_after)::bigint::text,
    k.tokens_ttl_s::text
from moment m
left join signet.signing_key k on true
order by k.kid collate "C";
