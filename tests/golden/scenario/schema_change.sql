-- The table of orders changes under the connector, with a new order after each change.
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (301, 1, 'paid', 1.00, '2026-03-01 00:00Z');
ALTER TABLE orders ADD COLUMN note text;
INSERT INTO orders (id, customer_id, status, total, placed_at, note) VALUES (302, 1, 'paid', 2.00, '2026-03-02 00:00Z', 'new');
ALTER TABLE orders ALTER COLUMN total TYPE numeric(16, 4);
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (303, 1, 'paid', 3.0001, '2026-03-03 00:00Z');
ALTER TABLE orders ALTER COLUMN customer_id TYPE text;
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (304, '1', 'paid', 4.00, '2026-03-04 00:00Z');
ALTER TABLE orders ALTER COLUMN currency DROP NOT NULL;
INSERT INTO orders (id, customer_id, status, total, placed_at, currency) VALUES (305, '1', 'paid', 5.00, '2026-03-05 00:00Z', NULL);
ALTER TABLE orders DROP COLUMN refunded;
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (306, '1', 'paid', 6.00, '2026-03-06 00:00Z');
ALTER TABLE orders RENAME COLUMN status TO state;
INSERT INTO orders (id, customer_id, state, total, placed_at) VALUES (307, '1', 'paid', 7.00, '2026-03-07 00:00Z');
-- An order from before all that: its old row is read with the columns of now.
UPDATE orders SET state = 'shipped' WHERE id = 301;
DELETE FROM orders WHERE id = 302;
