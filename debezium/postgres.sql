-- What the connector needs in the shop's database. Run with psql as a superuser, after the shop's own tables exist;
-- running it again changes nothing. The password of role `capture` is read from the environment variable
-- SHOP_DB_PASSWORD, so that it stands in no file; where that is unset, the role keeps the password it has.
\set ON_ERROR_STOP on
\getenv capture_password SHOP_DB_PASSWORD

CREATE SCHEMA IF NOT EXISTS cdc;

-- One row, updated by the connector (heartbeat.action.query). Its change event follows, in the WAL, every order that
-- was committed before it, and so tells a reader up to which instant of the shop's time it has seen everything.
CREATE TABLE IF NOT EXISTS cdc.heartbeat (
    id        integer PRIMARY KEY,
    shop_time timestamptz NOT NULL
);

DO $$
BEGIN
    -- The shop's clock. Kept if it exists: a simulated shop replaces it with an accelerated one.
    IF to_regprocedure('cdc.shop_now()') IS NULL THEN
        CREATE FUNCTION cdc.shop_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';
    END IF;

    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'capture') THEN
        CREATE ROLE capture LOGIN REPLICATION CONNECTION LIMIT 8;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'retentioncast') THEN
        CREATE PUBLICATION retentioncast FOR TABLE public.orders, public.customers, cdc.heartbeat;
    END IF;
END $$;

\if :{?capture_password}
ALTER ROLE capture PASSWORD :'capture_password';
\endif

-- Without the full before image an order that moves to another customer cannot be taken off the first one, and
-- Debezium makes up the before image of a delete (customer 0, total 0.00) without marking it as such.
ALTER TABLE public.orders REPLICA IDENTITY FULL;
ALTER TABLE public.customers REPLICA IDENTITY FULL;

GRANT CONNECT ON DATABASE :"DBNAME" TO capture;
GRANT USAGE ON SCHEMA public, cdc TO capture;
GRANT SELECT ON public.orders, public.customers TO capture;
GRANT SELECT, INSERT, UPDATE ON cdc.heartbeat TO capture;
