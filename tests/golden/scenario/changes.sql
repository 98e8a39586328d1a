-- What happens in the shop. Each statement is a transaction of its own unless it stands between BEGIN and COMMIT.

-- A new customer orders, pays, and gets a part of the money back.
INSERT INTO customers (id, email, created_at) VALUES (4, 'kim@example.org', '2026-02-01 08:00Z');
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (104, 4, 'pending', 80.00, '2026-02-01 08:00:01Z');
UPDATE orders SET status = 'paid' WHERE id = 104;
UPDATE orders SET refunded = 20.50 WHERE id = 104;

-- An order that is deleted, one that moves to another customer, one that gets another primary key.
DELETE FROM orders WHERE id = 102;
UPDATE orders SET customer_id = 2 WHERE id = 104;
UPDATE orders SET id = 1103 WHERE id = 103;

-- An order that was there for one transaction only.
BEGIN;
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (105, 1, 'pending', 7.00, '2026-02-02 00:00Z');
UPDATE orders SET status = 'paid' WHERE id = 105;
DELETE FROM orders WHERE id = 105;
COMMIT;

-- Two rows that come by one COPY and share an LSN: a credit, and an order in another currency.
COPY orders (id, customer_id, status, total, refunded, currency, placed_at) FROM stdin;
106	1	paid	-10.00	0	EUR	2026-02-03 00:00:00Z
107	2	paid	99.99	0	USD	2026-02-03 00:00:00Z
\.

-- Two accounts become one, and two again.
UPDATE customers SET merged_into = 1 WHERE id = 3;
UPDATE customers SET merged_into = NULL WHERE id = 3;

-- A refund that is asked for, granted, and taken back.
INSERT INTO refunds (id, order_id, amount, status) VALUES (2, 1103, 12.34, 'pending');
UPDATE refunds SET status = 'success' WHERE id = 2;
DELETE FROM refunds WHERE id = 2;

-- A cart of nobody's becomes an order; later it is marked as deleted.
INSERT INTO typed_orders (id, total) VALUES ('00000000-0000-4000-8000-000000000002', 1000);
UPDATE typed_orders SET
    customer_id = 2, total = 1000.123456, tax = 159.6802, placed_ms = '1969-12-31 23:59:59.999',
    placed_us = '1969-12-31 23:59:59.999999', placed_on = '1969-12-31', placed_at = '1969-12-31 23:59:59.999999Z'
WHERE id = '00000000-0000-4000-8000-000000000002';
UPDATE typed_orders SET deleted_at = '2026-02-04 00:00Z' WHERE id = '00000000-0000-4000-8000-000000000002';

-- A customer leaves for good.
DELETE FROM customers WHERE id = 4;

TRUNCATE orders;
