-- remove_role / $1 role name / nothing; no row affected if a user has the role
delete from :accounts.role r
where r.name = $1::text
    and not exists (select from :accounts.user_role ur where ur.role_id = r.id);
