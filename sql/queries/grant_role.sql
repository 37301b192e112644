-- grant_role / $1 user id, $2 role name / one row: the user exists, the role exists, it is new to the user
with the_user as (select id from :accounts."user" where id = $1::uuid),
the_role as (
    select id from :accounts.role where name = $2::text order by id limit 1
),
granted as (
    insert into :accounts.user_role (user_id, role_id)
    select the_user.id, the_role.id from the_user, the_role
    on conflict do nothing
    returning 1
)
select exists (select from the_user), exists (select from the_role), exists (select from granted);
