-- spend_tickets / $1 user id, $2 purpose or NULL for all / nothing
delete from signet.ticket where user_id = $1::uuid and ($2::text is null or purpose = $2::text);
