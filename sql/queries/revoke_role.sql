-- revoke_role / $1 user id, $2 role name / one row: the user exists, the role exists, the user had it
with the_role as (select id from :accounts.role where name = $2::text),
revoked as (
    delete from :accounts.user_role
    where user_id = $1::uuid and role_id in (select id from the_role)
    returning 1
)
select
    exists (select from :accounts."user" where id = $1::uuid),
    exists (select from the_role),
    exists (select from revoked);
