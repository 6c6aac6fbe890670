-- What the roles may do in one database. Run once, as rollcall_owner, in the new database before the first migration;
-- again is harmless. Test databases are made by the same file.

-- Nobody but the owner makes tables here, and each new table is open to the app role alone.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO rollcall_owner;
GRANT USAGE ON SCHEMA public TO rollcall_app, rollcall_portal;
ALTER DEFAULT PRIVILEGES FOR ROLE rollcall_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rollcall_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rollcall_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO rollcall_app;
