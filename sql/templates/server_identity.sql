-- Which cluster answers, and on which timeline: each promotion of a standby begins a new one, and the
-- names of WAL files begin with it. Only a server that takes writes can say. The last statement of a text.
select
    system_identifier::text,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::text
from pg_control_system()
