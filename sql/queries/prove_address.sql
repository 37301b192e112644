-- prove_address / $1 user id, $2 address / nothing; one row affected unless it is proven already
insert into signet.proven_address as p (user_id, address)
values ($1::uuid, $2::text)
on conflict (user_id) do update set address = excluded.address, proven_at = excluded.proven_at
where p.address <> excluded.address;
