-- lock_role / $1 role name / one row for each role of this name, locked against new grants
select id::text from :accounts.role where name = $1::text for update;
