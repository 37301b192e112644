-- put_ticket / $1 hash, $2 user id, $3 purpose, $4 address, $5 new address or NULL, $6 where it leads or
--   NULL, $7 username or NULL, $8 password hash or NULL, $9 session id or NULL,
--   $10 seconds / nothing
insert into signet.ticket (
    hash, user_id, purpose, address, new_address, redirect_to, username, password_hash, session_id,
    expires_at
)
values (
    $1::text, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
    $9::uuid, clock_timestamp() + make_interval(secs => $10::bigint)
);
