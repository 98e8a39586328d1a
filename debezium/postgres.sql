-- What the connector needs in the shop's database. Run with psql as a superuser, after the shop's own tables exist;
-- running it again changes nothing. It reads environment variables:
--
--   SHOP_DB_PASSWORD   the password of role `capture`, so that it stands in no file; if unset, the role keeps its own
--   SHOP_COLUMNS       what to capture: SCHEMA.TABLE.COLUMN,SCHEMA.TABLE.COLUMN,… and with each table its key;
--                      if unset, the simulator's tables orders and customers whole
\set ON_ERROR_STOP on
\getenv capture_password SHOP_DB_PASSWORD
\set columns ''
\getenv columns SHOP_COLUMNS

CREATE TEMPORARY TABLE captured AS
SELECT format('%I.%I', split_part(path, '.', 1), split_part(path, '.', 2)) AS name,
       format('(%s)', string_agg(format('%I', split_part(path, '.', 3)), ', ')) AS columns
FROM unnest(string_to_array(:'columns', ',')) AS path
GROUP BY name
UNION ALL
SELECT name, ''
FROM unnest(ARRAY['public.orders', 'public.customers']) AS name
WHERE :'columns' = '';

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
        CREATE PUBLICATION retentioncast FOR TABLE cdc.heartbeat;
    END IF;
END $$;

\if :{?capture_password}
ALTER ROLE capture PASSWORD :'capture_password';
\endif

SELECT format('ALTER PUBLICATION retentioncast ADD TABLE %s', name)
FROM captured
WHERE NOT EXISTS (
    SELECT FROM pg_publication_tables
    WHERE pubname = 'retentioncast' AND format('%I.%I', schemaname, tablename) = name
)
\gexec

-- Without the full before image an order that moves to another customer cannot be taken off the first one, and
-- Debezium makes up the before image of a delete (customer 0, total 0.00) without marking it as such. (It rules out
-- a publication of some columns only: the connector gets whole rows, and column.include.list drops the others.)
SELECT format('ALTER TABLE %s REPLICA IDENTITY FULL', name) FROM captured
\gexec

GRANT CONNECT ON DATABASE :"DBNAME" TO capture;
GRANT USAGE ON SCHEMA cdc TO capture;
GRANT SELECT, INSERT, UPDATE ON cdc.heartbeat TO capture;
SELECT DISTINCT format('GRANT USAGE ON SCHEMA %s TO capture', relnamespace::regnamespace)
FROM captured
JOIN pg_class ON pg_class.oid = name::regclass
\gexec
SELECT format('GRANT SELECT %s ON %s TO capture', columns, name) FROM captured
\gexec
