-- What the connector needs beyond debezium/postgres.sql, for tables that the demo shop does not have.
CREATE PUBLICATION golden FOR TABLES IN SCHEMA public, cdc;
ALTER TABLE refunds REPLICA IDENTITY FULL;
ALTER TABLE typed_orders REPLICA IDENTITY FULL;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO capture;
-- A heartbeat of an earlier life, which the snapshot reads.
INSERT INTO cdc.heartbeat (id, shop_time) VALUES (1, '2026-04-01 12:00Z');
