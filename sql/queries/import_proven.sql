-- import_proven / $1 JSON array of objects with the id of a user and an address that it has proven / nothing
insert into signet.proven_address (user_id, address)
select r.id, r.email
from jsonb_to_recordset($1::jsonb) as r (id uuid, email text);
