#!/bin/sh
# Run by the image of PostgreSQL once, when its folder is empty: roles, passwords, database.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -d postgres -f /rollcall/roles.sql
psql -v ON_ERROR_STOP=1 -U postgres -d postgres -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" <<'SQL'
ALTER ROLE rollcall_owner PASSWORD :'owner';
ALTER ROLE rollcall_app PASSWORD :'app';
CREATE DATABASE rollcall OWNER rollcall_owner;
SQL
psql -v ON_ERROR_STOP=1 -U postgres -d rollcall -c 'SET ROLE rollcall_owner' -f /rollcall/database.sql
