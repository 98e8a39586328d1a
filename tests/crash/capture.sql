-- What the connector needs of the crash shop: its clock instead of the simulator's, and its tables in the publication.
CREATE OR REPLACE FUNCTION cdc.shop_now() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS 'SELECT shop_time FROM crash.clock';

ALTER PUBLICATION retentioncast SET TABLE crash.customers, crash.orders, crash.refunds, cdc.heartbeat;
ALTER TABLE crash.customers REPLICA IDENTITY FULL;
ALTER TABLE crash.orders REPLICA IDENTITY FULL;
ALTER TABLE crash.refunds REPLICA IDENTITY FULL;
GRANT USAGE ON SCHEMA crash TO capture;
GRANT SELECT ON crash.customers, crash.orders, crash.refunds TO capture;
