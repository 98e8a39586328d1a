-- A role for whoever only reads. The login of a dashboard or a BI tool is made a member of it:
--     CREATE ROLE dashboard LOGIN PASSWORD '…' IN ROLE retentioncast_bi
-- Roles belong to the server, not to the database, so it may be there already, or the flow's role may not create any.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retentioncast_bi') THEN
        CREATE ROLE retentioncast_bi NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- made just now, for another database of the server
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role retentioncast_bi is missing, and % may not create roles; let an administrator run CREATE ROLE retentioncast_bi', current_user
            USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO retentioncast_bi', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO retentioncast_bi;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO retentioncast_bi;
REVOKE ALL ON migrations FROM retentioncast_bi;
-- What later migrations create can be read as well.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO retentioncast_bi;
