#!/bin/bash
# Run once by the postgres image, when compose.yaml starts it on an empty volume. Two logins that
# are no superusers: `signet_service` owns the database and, in it, the schema `signet` with its
# secrets; `hasura` has the tables of the schema `public` and a database for its metadata, and
# cannot look into the schema `signet`. No login is called `signet`: PostgreSQL looks for tables in
# the schema of the login's own name first.
set -euo pipefail

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v signet_password="$SIGNET_DB_PASSWORD" -v hasura_password="$HASURA_DB_PASSWORD" <<'SQL'
create role signet_service login password :'signet_password';
create role hasura login password :'hasura_password';
create database app owner signet_service;
create database hasura_metadata owner hasura;
revoke all on database app, hasura_metadata from public;
-- Hasura makes a schema of its own in a database that it tracks.
grant connect, create on database app to hasura;
\connect app
grant usage, create on schema public to signet_service, hasura;
alter default privileges for role signet_service in schema public
    grant select, insert, update, delete on tables to hasura;
alter default privileges for role signet_service in schema public grant usage, select on sequences to hasura;
SQL
