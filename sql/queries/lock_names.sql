-- lock_names / $1 username or NULL, $2 e-mail address or NULL / a row for each lock
-- Whoever creates an account holds these until it commits: uniqueness without regard to ASCII case
-- holds even where adopted rows forbid a unique index. In one order, so that two cannot deadlock.
select l.bucket::text
from signet.name_lock l
where l.bucket in (
    (hashtextextended('username ' || lower($1::text collate "C"), 0) & 255)::integer,
    (hashtextextended('email ' || lower($2::text collate "C"), 0) & 255)::integer
)
order by l.bucket
for update;
