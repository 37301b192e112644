-- accounts_known / / the schema in which the tables of Signet are, and whether that is the configured one;
--   no row if there are none. They are known by a trigger that calls a function of the schema signet.
select n.nspname::text, (n.nspname = :accounts_text)::text
from pg_trigger g
join pg_proc p on p.oid = g.tgfoid
join pg_class c on c.oid = g.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where p.pronamespace = to_regnamespace('signet') and c.relname = 'user'
order by n.nspname <> :accounts_text
limit 1;
