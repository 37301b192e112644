-- Wrong passwords in a row: a row for each budget that has any, and none for one that has not, so that
-- a right password of somebody who is not attacked writes nothing here. `subject` is user:ID,
-- user:ID@NETWORK for a network from which a session of the user lives, or name:HASH for a name that
-- nobody has (docs/adr/0012-throttling.md). Times are the database's, so that replicas agree.

set local lock_timeout = '1s';

create table signet.password_failure (
    subject text collate "C" primary key,
    failures integer not null check (failures >= 0),
    wait_until timestamptz not null,
    last_at timestamptz not null,
    trying integer not null default 0 check (trying >= 0), -- tries that count and are being verified
    trying_until timestamptz, -- when their outcome must be known
    alarmed_at timestamptz -- when the audit last said that somebody is guessing
);

create index password_failure_last_at_idx on signet.password_failure (last_at);
create index password_failure_name_idx on signet.password_failure (last_at) where subject like 'name:%';

revoke all on signet.password_failure from public;
