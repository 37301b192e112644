-- find_taken / $1 username or NULL, $2 e-mail address or NULL, $3 role name or NULL, $4 user id
--   / one row: username taken by another user than $4, e-mail address likewise, role exists
select
    exists (
        select from :accounts."user" u
        where lower(u.username::text collate "C") = lower($1::text collate "C")
            and u.id <> $4::uuid
    ),
    exists (
        select from :accounts."user" u
        where lower(u.email::text collate "C") = lower($2::text collate "C")
            and u.id <> $4::uuid
    ),
    exists (select from :accounts.role r where r.name = $3::text);
