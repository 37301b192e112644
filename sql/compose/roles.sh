#!/bin/bash
# The postgres image runs this once, when compose.yaml starts it on an empty volume. It makes three
# logins, none of them a superuser:
# - `signet_owner` owns the database `app`, and with it the schema `public`. It runs the migrations
#   and owns the tables.
# - `signet_service` reads and writes rows. The migrations grant it these rights.
# - `hasura` creates tables of its own in the schema `public`, and has a database for its metadata.
#   hasura_rights.sql grants its rights on the tables of Signet after the migrations.
# No login is called `signet`, because objects that it creates without naming a schema would go into
# the schema of that name.
set -euo pipefail

psql -X -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner_password="$SIGNET_OWNER_DB_PASSWORD" -v service_password="$SIGNET_DB_PASSWORD" \
    -v hasura_password="$HASURA_DB_PASSWORD" <<'SQL'
create role signet_owner login password :'owner_password';
create role signet_service login password :'service_password';
create role hasura login password :'hasura_password';
-- Signet sets this path in every session. Here it is set for other programs that connect as these
-- roles, so that an unqualified name is looked up in no schema that another role can write to.
alter role signet_owner set search_path = pg_catalog, pg_temp;
alter role signet_service set search_path = pg_catalog, pg_temp;
create database app owner signet_owner;
create database hasura_metadata owner hasura;
revoke all on database app, hasura_metadata from public;
grant connect on database app to signet_service;
-- Hasura creates the schema hdb_catalog in a database that it tracks.
grant connect, create on database app to hasura;
\connect app
grant usage, create on schema public to hasura;
SQL
