-- Tables are emptied: two at once, one in a transaction that refills it, and life goes on.
TRUNCATE orders, refunds;
INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (401, 1, 'paid', 1.00, '2026-03-01 00:00Z');
BEGIN;
TRUNCATE customers;
INSERT INTO customers (id, created_at) VALUES (1, '2026-03-02 00:00Z');
COMMIT;
