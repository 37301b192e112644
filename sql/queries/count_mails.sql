-- count_mails / $1 address, $2 user id or NULL, $3 seconds / one row: how many the address or the user was
--   sent, whichever is more
select greatest(
    (
        select count(*)
        from signet.mail_count
        where address = lower($1::text collate "C")
            and at > statement_timestamp() - make_interval(secs => $3::bigint)
    ),
    (
        select count(*)
        from signet.mail_count
        where user_id = $2::uuid and at > statement_timestamp() - make_interval(secs => $3::bigint)
    )
)::text;
