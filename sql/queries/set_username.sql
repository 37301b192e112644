-- set_username / $1 user id, $2 username / one row if the user exists: the username until now
with was as (select id, username::text as name from :accounts."user" where id = $1::uuid for update)
update :accounts."user" u set username = $2::text from was where u.id = was.id
returning was.name;
