-- lock_names / $1 username or NULL, $2 e-mail address or NULL / a row for each lock
-- Whoever creates an account holds these until it commits: uniqueness without regard to ASCII case
-- holds even where adopted rows forbid a unique index. In one order, so that two cannot deadlock.
select pg_advisory_xact_lock(k.key)::text
from (
    select hashtextextended(v.name, 7461352) as key
    from (
        values
            ('signet username ' || lower($1::text collate "C")),
            ('signet email ' || lower($2::text collate "C"))
    ) v (name)
    where v.name is not null
    order by 1
    offset 0
) k;
