-- migration_list / / version, name, sha256 and time of each applied migration, by version
select
    version::text,
    name,
    sha256,
    to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
from signet.migration
order by version;
