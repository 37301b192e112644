-- list_audit / $1 subject or NULL, $2 action or NULL, $3 earliest time in Unix seconds or NULL, $4 limit
--   / id, time in Unix seconds, actor, action, subject, address prefix or NULL, id of the request or
--   NULL, detail, database role or NULL; the last row first
select
    a.id::text,
    (case when isfinite(at) then floor(extract(epoch from at)) else 0 end)::bigint::text,
    actor,
    action,
    subject,
    network::text,
    request,
    detail,
    db_role
from signet.audit a
where ($1::text is null or subject = $1::text)
    and ($2::text is null or action = $2::text)
    and ($3::bigint is null or at >= to_timestamp($3::bigint))
order by a.id desc
limit $4::bigint;
