-- note_mail / $1 address, $2 user id or NULL / nothing
insert into signet.mail_count (address, user_id) values (lower($1::text collate "C"), $2::uuid);
