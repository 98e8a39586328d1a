-- What Saleor writes for three accounts and a guest. Ana (11): a refund in part and one in full. Ben (12): one
-- order, placed as a guest. Cleo (13): nothing that counts.
INSERT INTO account_user (id, email, password) VALUES
    (11, 'ana@example.com', 'secret'), (12, 'ben@example.com', 'secret'), (13, 'cleo@example.com', 'secret');

-- An order is placed before it is charged.
INSERT INTO order_order
SELECT format('00000000-0000-4000-8000-%s', lpad(number::text, 12, '0'))::uuid, number, created_at, status, 'none',
       user_id, name || '@example.com', 'EUR', total, 0
FROM (VALUES
    (1, timestamptz '2026-01-05 10:00:00+00', 'unfulfilled', 11, 'ana', 49.900),
    (2, '2026-02-10 08:30:00.25+00', 'unfulfilled', 11, 'ana', 120),
    (3, '2026-03-01 23:59:59.999999+00', 'unconfirmed', 11, 'ana', 15.5),
    (4, '2026-04-01 00:00:00+00', 'draft', 11, 'ana', 999),
    (5, '2026-02-14 12:00:00+00', 'unfulfilled', NULL, 'ben', 30),
    (6, '2026-02-15 12:00:00+00', 'unfulfilled', NULL, 'guest', 70),
    (7, '2026-02-16 12:00:00+00', 'unfulfilled', 13, 'cleo', 80),
    (8, '2026-02-17 12:00:00+00', 'expired', 13, 'cleo', 81),
    (9, '2026-02-18 12:00:00+00', 'unconfirmed', 13, 'cleo', 82),
    (10, '2026-02-19 12:00:00+00', 'draft', 13, 'cleo', 83)
) AS placed (number, created_at, status, user_id, name, total);

-- Order 1 is fulfilled. Of order 2, 45.67 are given back. Order 3 is confirmed, returned and all of it given back.
UPDATE order_order SET charge_status = 'full', total_charged_amount = total_gross_amount WHERE number IN (1, 2, 5, 6, 7);
UPDATE order_order SET status = 'fulfilled' WHERE number = 1;
UPDATE order_order SET status = 'partially_returned', total_charged_amount = 74.330 WHERE number = 2;
UPDATE order_order SET status = 'unfulfilled', charge_status = 'full', total_charged_amount = 15.5
WHERE number = 3;
UPDATE order_order SET status = 'returned', charge_status = 'none', total_charged_amount = 0 WHERE number = 3;
-- Draft 4 is deleted; Ben registers with the guest's address; order 7 is cancelled.
DELETE FROM order_order WHERE number = 4;
UPDATE order_order SET user_id = 12, status = 'partially fulfilled' WHERE number = 5;
UPDATE order_order SET status = 'canceled', charge_status = 'none', total_charged_amount = 0 WHERE number = 7;
