-- $1 after this id or NULL, $2 limit / see src/store/user_source.cpp. The original service knew no e-mail
-- addresses, and gave nobody a default role.
select
    u.id::text, u.id::text, u.username::text, null, 'f', u.password::text,
    coalesce(u.active, false)::text, null,
    array_to_string(array(
        select r.name::text
        from :accounts.user_role ur
        join :accounts.role r on r.id = ur.role_id
        where ur.user_id = u.id
    ), chr(10)),
    '', floor(extract(epoch from u.created_at))::bigint::text
from :accounts."user" u
where $1::uuid is null or u.id > $1::uuid
order by u.id
limit $2::bigint;
