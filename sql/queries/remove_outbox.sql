-- remove_outbox / $1 id / nothing
delete from signet.outbox where id = $1::uuid;
