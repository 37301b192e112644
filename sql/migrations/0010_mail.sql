-- What is to be sent, tickets that were sent, addresses that were proven, and what limits of mail count
-- (docs/adr/0015-mail.md). A dump of these tables gives no ticket that could be used: tickets stand here
-- as hashes, codes as keyed hashes, and mails that wait are sealed.

set local lock_timeout = '1s';

create table signet.outbox (
    id uuid primary key,
    kind text not null check (kind in ('ask', 'mail', 'event')),
    name text not null,
    user_id uuid,
    recipient text,
    body text not null check (body like 'v1.%'),
    created_at timestamptz not null default clock_timestamp(),
    number bigint generated always as identity, -- the order of the events of a user
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    leased boolean not null default false, -- until due_at, by somebody who delivers it
    tried_since timestamptz not null default clock_timestamp(), -- when its day began
    failed_at timestamptz, -- when it was given up
    sent_at timestamptz, -- when it was delivered: an event, that can be sent again
    error text not null default '',
    check (kind <> 'event' or user_id is not null)
);

create index outbox_due_at_idx on signet.outbox (due_at) where kind <> 'event' and failed_at is null;
create index outbox_event_due_at_idx on signet.outbox (due_at)
where kind = 'event' and failed_at is null and sent_at is null;
create index outbox_event_idx on signet.outbox (user_id, number)
where kind = 'event' and failed_at is null and sent_at is null;
create index outbox_user_id_idx on signet.outbox (user_id);
create index outbox_ask_idx on signet.outbox (kind) where kind = 'ask' and failed_at is null;
create index outbox_failed_at_idx on signet.outbox (failed_at) where failed_at is not null;
create index outbox_sent_at_idx on signet.outbox (sent_at) where sent_at is not null;

create table signet.ticket (
    hash text collate "C" primary key,
    user_id uuid not null references :accounts."user" (id) on delete cascade,
    purpose text not null,
    address text not null,
    new_address text,
    redirect_to text,
    username text,
    password_hash text,
    session_id uuid,
    tries integer not null default 0,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);

create index ticket_user_id_idx on signet.ticket (user_id);
create index ticket_expires_at_idx on signet.ticket (expires_at);

create table signet.proven_address (
    user_id uuid primary key references :accounts."user" (id) on delete cascade,
    address text not null, -- empty: several have signed up with the same one, and nobody has proven it
    proven_at timestamptz not null default clock_timestamp()
);

create table signet.mail_count (
    address text collate "C" not null, -- as a keyed hash
    user_id uuid references :accounts."user" (id) on delete set null,
    at timestamptz not null default clock_timestamp()
);

create index mail_count_address_idx on signet.mail_count (address, at);
create index mail_count_user_id_idx on signet.mail_count (user_id, at);
create index mail_count_at_idx on signet.mail_count (at);

revoke all on signet.outbox, signet.ticket, signet.proven_address, signet.mail_count from public;
