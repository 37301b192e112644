-- forget_mails_of / $1 user id / nothing
-- Mails that wait, or were given up, hold the address of a user who is gone, and so do events that were
-- delivered. Events that wait say that the user is gone.
delete from signet.outbox where user_id = $1::uuid and (kind <> 'event' or sent_at is not null);
