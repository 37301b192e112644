-- import_roles / $1 JSON array of objects with the id of a user and the name of a role / nothing; a row
--   affected for each, unless a role is gone
insert into :accounts.user_role (user_id, role_id)
select g.id, o.id
from jsonb_to_recordset($1::jsonb) as g (id uuid, name text)
cross join lateral (
    select m.id from :accounts.role m where m.name = g.name order by m.id limit 1
) o;
