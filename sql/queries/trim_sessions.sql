-- trim_sessions / $1 user id, $2 the session that stays, $3 how many may remain / nothing
delete from signet.session
where id in (
    select id
    from signet.session
    where user_id = $1::uuid and id <> $2::uuid
    order by last_used_at desc, id
    offset greatest($3::bigint - 1, 0)
);
