-- count_client_addresses / / one row: from how many addresses Signet is connected with this role, without this session
select count(distinct coalesce(a.client_addr::text, 'local'))::text
from pg_stat_activity a
where a.application_name = 'signet' and a.usename = session_user and a.datname = current_database()
    and a.pid <> pg_backend_pid();
