-- lock_names / $1 username or NULL, $2 e-mail address or NULL / a row for each lock
-- A transaction that creates an account holds these locks until it commits, so that names are unique
-- without regard to ASCII case even if adopted rows rule out a unique index. The locks are taken in a
-- fixed order, so that two transactions cannot deadlock.
select l.bucket::text
from signet.name_lock l
where l.bucket in (
    (hashtextextended('username ' || lower($1::text collate "C"), 0) & 255)::integer,
    (hashtextextended('email ' || lower($2::text collate "C"), 0) & 255)::integer
)
order by l.bucket
for update;
