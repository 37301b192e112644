-- $1 after this id or NULL, $2 limit / see src/store/user_source.cpp. What Signet has no column for goes into
-- the metadata.
select
    u.id::text, u.id::text, null, u.email::text, u.email_verified::text, u.password_hash::text,
    (not u.disabled)::text, u.default_role::text,
    array_to_string(array(
        select ur.role::text from auth.user_roles ur where ur.user_id = u.id
    ), chr(10)),
    (jsonb_strip_nulls(jsonb_build_object(
        'displayName', nullif(u.display_name::text, ''), 'avatarUrl', nullif(u.avatar_url::text, ''),
        'locale', u.locale::text, 'phoneNumber', u.phone_number::text
    )) || case when jsonb_typeof(u.metadata) = 'object' then u.metadata else '{}' end)::text,
    floor(extract(epoch from u.created_at))::bigint::text
from auth.users u
where $1::uuid is null or u.id > $1::uuid
order by u.id
limit $2::bigint;
