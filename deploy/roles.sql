-- The three roles of Rollcall. Run once per server, as a superuser; again is harmless.
-- Then make the database (CREATE DATABASE rollcall OWNER rollcall_owner) and run deploy/database.sql in it.
-- The private server of a development machine is made by the same two files.
-- Give rollcall_owner and rollcall_app passwords afterwards (ALTER ROLE ... PASSWORD); rollcall_portal cannot log in.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcall_owner') THEN
    CREATE ROLE rollcall_owner;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcall_app') THEN
    CREATE ROLE rollcall_app;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rollcall_portal') THEN
    CREATE ROLE rollcall_portal;
  END IF;
END $$;

-- Migrations.
ALTER ROLE rollcall_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
-- Web and workers: no schema changes, no TRUNCATE, row-level security holds.
ALTER ROLE rollcall_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
-- Its queries are short; compiling one takes longer than running it.
ALTER ROLE rollcall_app SET jit = off;
-- What a customer's request runs as, for the length of one transaction.
ALTER ROLE rollcall_portal NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
GRANT rollcall_portal TO rollcall_app WITH INHERIT FALSE, SET TRUE;
