-- import_users / $1 JSON array of users / nothing
insert into :accounts."user" (id, username, email, password, active, default_role, metadata, created_at)
select r.id, r.username, r.email, r.password, r.active, r.default_role, r.metadata,
    coalesce(to_timestamp(r.created_at_s), now())
from jsonb_to_recordset($1::jsonb)
    as r (id uuid, username text, email text, password text, active boolean, default_role text,
        metadata jsonb, created_at_s bigint);
