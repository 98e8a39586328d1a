-- What Spree writes for three accounts and a guest. Ana (21): a refund in part and one in full. Ben (22): one
-- order, begun as a guest. Cleo (23): nothing that counts.
INSERT INTO spree_users (id, email, encrypted_password) VALUES
    (21, 'ana@example.com', 'secret'), (22, 'ben@example.com', 'secret'), (23, 'cleo@example.com', 'secret');

-- All begin as carts.
INSERT INTO spree_orders (id, number, state, user_id, email, created_at, currency, total) VALUES
    (1, 'R1', 'cart', 21, 'ana@example.com', '2026-01-05 09:00:00', 'EUR', 49.90),
    (2, 'R2', 'cart', 21, 'ana@example.com', '2026-02-10 08:00:00', 'EUR', 120),
    (3, 'R3', 'cart', 21, 'ana@example.com', '2026-03-01 23:00:00', 'EUR', 15.5),
    (4, 'R4', 'cart', 21, 'ana@example.com', '2026-04-01 00:00:00', 'EUR', 999),
    (5, 'R5', 'cart', NULL, 'ben@example.com', '2026-02-14 11:00:00', 'EUR', 30),
    (6, 'R6', 'cart', NULL, 'guest@example.com', '2026-02-15 11:00:00', 'EUR', 70),
    (7, 'R7', 'cart', 23, 'cleo@example.com', '2026-02-16 11:00:00', 'EUR', 80),
    (8, 'R8', 'payment', 23, 'cleo@example.com', '2026-02-17 11:00:00', 'EUR', 81),
    (9, 'R9', 'cart', 23, 'cleo@example.com', '2026-02-18 11:00:00', 'EUR', 82),
    (10, 'R10', 'cart', 23, 'cleo@example.com', '2026-02-19 11:00:00', 'EUR', 83);
-- Ben signs in.
UPDATE spree_orders SET user_id = 22 WHERE id = 5;

-- A checkout ends in two updates of one transaction: the state changes while completed_at is still null.
BEGIN;
UPDATE spree_orders SET state = 'complete', status = 'placed', payment_total = total WHERE id IN (1, 2, 3, 5, 6, 7);
UPDATE spree_orders SET completed_at = placed.at
FROM (VALUES
    (1, timestamp '2026-01-05 10:00:00'), (2, '2026-02-10 08:30:00.25'), (3, '2026-03-01 23:59:59.999999'),
    (5, '2026-02-14 12:00:00'), (6, '2026-02-15 12:00:00'), (7, '2026-02-16 12:00:00')
) AS placed (id, at)
WHERE spree_orders.id = placed.id;
COMMIT;

-- Of order 2, 45.67 are given back; order 3 is returned, all of it given back; order 1 is cancelled and resumed.
UPDATE spree_orders SET state = 'awaiting_return' WHERE id IN (2, 3);
UPDATE spree_orders SET payment_total = 74.33 WHERE id = 2;
UPDATE spree_orders SET state = 'returned', payment_total = 0 WHERE id = 3;
UPDATE spree_orders SET state = 'canceled', status = 'canceled' WHERE id IN (1, 7);
UPDATE spree_orders SET state = 'resumed', status = 'placed' WHERE id = 1;
UPDATE spree_orders SET payment_total = 0 WHERE id = 7;
-- Carts 4 and 9 are deleted.
DELETE FROM spree_orders WHERE id IN (4, 9);
