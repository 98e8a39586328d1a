-- Before the connector starts: no before images, and texts that Postgres stores outside of the row when they are long.
ALTER TABLE customers REPLICA IDENTITY DEFAULT;
ALTER TABLE orders REPLICA IDENTITY DEFAULT;
ALTER TABLE refunds REPLICA IDENTITY DEFAULT;
ALTER TABLE typed_orders REPLICA IDENTITY DEFAULT;
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ALTER COLUMN note SET STORAGE EXTERNAL;
ALTER TABLE orders ALTER COLUMN status SET STORAGE EXTERNAL;
