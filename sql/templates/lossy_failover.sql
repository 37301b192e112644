-- Whether a commit that was acknowledged can be lost when a standby takes over. $1 the number of servers
-- in the URL / severity; what is wrong; how it is solved; no row if nothing is wrong
select
    'warn',
    case when $1::bigint > 1 then 'DATABASE_URL names several servers' else 'a standby is attached' end
        || ', but no commit waits until a standby has it: when one takes over, the signups, logouts and changed'
        || ' passwords that were acknowledged right before are lost',
    'on the primary, set synchronous_standby_names, such as ''ANY 1 (*)'', and leave synchronous_commit on'
where ($1::bigint > 1 or exists (select from pg_stat_replication))
    and (
        current_setting('synchronous_standby_names') = ''
        or current_setting('synchronous_commit') in ('off', 'local')
    )
