-- $1 after this id or NULL, $2 limit / see src/store/user_source.cpp. The id is that of public.users, to which
-- other tables refer. Accounts are active from the start by default there, which proves no address.
select
    a.id::text, a.user_id::text, null, a.email::text, 'f', a.password_hash::text,
    a.active::text, a.default_role::text,
    array_to_string(array(
        select ar.role::text from auth.account_roles ar where ar.account_id = a.id
    ), chr(10)),
    (jsonb_strip_nulls(jsonb_build_object(
        'displayName', nullif(u.display_name::text, ''), 'avatarUrl', nullif(u.avatar_url::text, '')
    )) || case when jsonb_typeof(a.custom_register_data) = 'object' then a.custom_register_data else '{}' end)::text,
    floor(extract(epoch from a.created_at))::bigint::text
from auth.accounts a
left join public.users u on u.id = a.user_id
where $1::uuid is null or a.id > $1::uuid
order by a.id
limit $2::bigint;
