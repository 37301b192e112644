-- Other sessions that hold locks on the tables: at most ten, readers last, for whom only a migration waits,
-- and those of other roles first. Rows: role, process, relation.
select a.usename::text, l.pid::text, l.relation::regclass::text
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
where l.database = (select oid from pg_database where datname = current_database())
    and l.granted
    and l.pid <> pg_backend_pid()
    and c.relkind = 'r'
    and (n.nspname = 'signet' or n.nspname = :accounts_text and c.relname in ('user', 'role', 'user_role'))
group by a.usename, l.pid, l.relation
order by bool_and(l.mode = 'AccessShareLock'), a.usename = current_user, bool_or(l.mode not in ('RowShareLock', 'RowExclusiveLock')) desc, l.pid
limit 10;
