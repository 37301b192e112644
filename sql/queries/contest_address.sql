-- contest_address / $1 user id / nothing
-- An address that was proven by mail takes the place of this row.
insert into signet.proven_address as p (user_id, address)
values ($1::uuid, '')
on conflict (user_id) do update set address = excluded.address, proven_at = excluded.proven_at;
