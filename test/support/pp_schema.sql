-- What the original service left behind, with rows that came about over the
-- years: names that differ by case, a user whose `active` is NULL, a role granted three times,
-- rows of user_role that name nobody, ids without a default.

create table knex_migrations (
    id serial primary key, name varchar(255), batch integer, migration_time timestamptz
);
create table knex_migrations_lock (index serial primary key, is_locked integer);
insert into knex_migrations (name, batch) values ('20190910123041_users.js', 1);

create table "user" (
    id uuid primary key default gen_random_uuid(),
    username varchar(255) unique not null,
    password varchar(255) not null,
    created_at timestamptz default now(),
    active bool default true
);
create table role (id uuid primary key, name varchar(255) unique not null);
create table user_role (
    id uuid primary key,
    role_id uuid references role,
    user_id uuid references "user"
);

insert into "user" (id, username, password, active, created_at) values
    ('00000000-0000-4000-8000-000000000001', 'alice',
        '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', true, '2019-09-10 12:00:00Z'),
    ('00000000-0000-4000-8000-000000000002', 'Alice',
        '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', true, '2019-09-10 12:00:00Z'),
    ('00000000-0000-4000-8000-000000000003', 'a name with spaces',
        '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', null, null),
    ('00000000-0000-4000-8000-000000000004', 'Carol',
        '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', false, 'infinity');
insert into role (id, name) values
    ('00000000-0000-4000-8000-00000000000a', 'user'),
    ('00000000-0000-4000-8000-00000000000b', 'editor');
insert into user_role (id, role_id, user_id) values
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-00000000000b',
        '00000000-0000-4000-8000-000000000001'),
    ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-00000000000b',
        '00000000-0000-4000-8000-000000000001'),
    ('00000000-0000-4000-8000-000000000013', '00000000-0000-4000-8000-00000000000b',
        '00000000-0000-4000-8000-000000000001'),
    ('00000000-0000-4000-8000-000000000014', null, '00000000-0000-4000-8000-000000000001'),
    ('00000000-0000-4000-8000-000000000015', '00000000-0000-4000-8000-00000000000b', null);
