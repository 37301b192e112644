-- set_email / $1 user id, $2 e-mail address or NULL
--   / one row if the user exists and keeps a name to log in with: the e-mail address until now
with was as (
    select id, email::text as address
    from :accounts."user"
    where id = $1::uuid and ($2::text is not null or username is not null)
    for update
)
update :accounts."user" u set email = $2::text from was where u.id = was.id
returning was.address;
