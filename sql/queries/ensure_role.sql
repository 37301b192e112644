-- ensure_role / $1 role name / nothing; one row affected if the role was missing
insert into :accounts.role (name)
select $1::text
where not exists (select from :accounts.role r where r.name = $1::text)
on conflict do nothing;
