-- list_sealed / $1 after this id or NULL, $2 limit / session id and sealed key, by id
select id::text, sealed_key
from signet.session
where $1::uuid is null or id > $1::uuid
order by id
limit $2::bigint;
