-- sweep_sessions / $1 limit / one row: how many sessions were checked, and how many of them were removed
with due as (
    select id, idle_until <= now() as over
    from signet.session
    where sweep_at <= now()
    order by sweep_at
    limit $1::bigint
    for update skip locked
),
removed as (
    delete from signet.session s using due where s.id = due.id and due.over returning 1
),
kept as (
    update signet.session s set sweep_at = s.idle_until from due where s.id = due.id and not due.over
)
select (select count(*) from due)::text, (select count(*) from removed)::text;
