-- import_roles / $1 JSON array of objects with the id of a user and the name of a role / how many of the roles
--   there are
-- A trigger of the operator's own may have granted one already.
with granted as (
    select g.id as user_id, o.id as role_id
    from jsonb_to_recordset($1::jsonb) as g (id uuid, name text)
    cross join lateral (
        select m.id from :accounts.role m where m.name = g.name order by m.id limit 1
    ) o
),
added as (
    insert into :accounts.user_role (user_id, role_id)
    select n.user_id, n.role_id from granted n
    on conflict do nothing
)
select count(*)::text from granted;
