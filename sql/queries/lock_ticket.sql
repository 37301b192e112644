-- lock_ticket / $1 hash / nothing; one row affected if there is such a ticket
-- It locks the user, as everybody does first who makes tickets of the user or uses them up. Two who held a ticket
-- each would wait for each other, since a ticket that is used takes the others with it. It is a separate
-- statement, so that the next one sees what was committed while it waited.
select from :accounts."user"
where id = (select t.user_id from signet.ticket t where t.hash = $1::text)
for no key update;
