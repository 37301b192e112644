-- find_taken / $1 username or NULL, $2 e-mail address or NULL, $3 role name or NULL,
--   $4 the user whose own names do not count, or NULL / one row: username taken, e-mail address taken, role exists
select
    exists (
        select from :accounts."user" u
        where lower(u.username::text collate "C") = lower($1::text collate "C")
            and u.id is distinct from $4::uuid
    ),
    exists (
        select from :accounts."user" u
        where lower(u.email::text collate "C") = lower($2::text collate "C")
            and u.id is distinct from $4::uuid
    ),
    exists (select from :accounts.role r where r.name = $3::text);
