-- What Medusa writes for four customers. Ana: a refund in part and one in full. Ben: one order, transferred from a
-- guest. Cleo: nothing that counts. Dora: deleted.
INSERT INTO customer (id, email, has_account) VALUES
    ('cus_ana', 'ana@example.com', true), ('cus_ben', 'ben@example.com', true),
    ('cus_cleo', 'cleo@example.com', true), ('cus_dora', 'dora@example.com', false);

INSERT INTO "order" (id, customer_id, status, is_draft_order, email, currency_code, created_at) VALUES
    ('order_1', 'cus_ana', 'pending', false, 'ana@example.com', 'eur', '2026-01-05 10:00:00+00'),
    ('order_2', 'cus_ana', 'pending', false, 'ana@example.com', 'eur', '2026-02-10 08:30:00.25+00'),
    ('order_3', 'cus_ana', 'draft', true, 'ana@example.com', 'eur', '2026-03-01 23:59:59.999999+00'),
    ('order_4', 'cus_ana', 'draft', true, 'ana@example.com', 'eur', '2026-04-01 00:00:00+00'),
    ('order_5', NULL, 'pending', false, 'ben@example.com', 'eur', '2026-02-14 12:00:00+00'),
    ('order_6', NULL, 'pending', false, NULL, 'eur', '2026-02-15 12:00:00+00'),
    ('order_7', 'cus_cleo', 'pending', false, 'cleo@example.com', 'eur', '2026-02-16 12:00:00+00'),
    ('order_8', 'cus_cleo', 'requires_action', false, 'cleo@example.com', 'eur', '2026-02-17 12:00:00+00'),
    ('order_9', 'cus_cleo', 'pending', false, 'cleo@example.com', 'eur', '2026-02-18 12:00:00+00'),
    ('order_10', 'cus_cleo', 'draft', true, 'cleo@example.com', 'eur', '2026-02-19 12:00:00+00'),
    ('order_11', 'cus_dora', 'pending', false, 'dora@example.com', 'eur', '2026-02-20 12:00:00+00');

INSERT INTO order_transaction (id, order_id, amount, raw_amount, currency_code, reference) VALUES
    ('ordtrx_1', 'order_1', 49.9, '{"value": "49.9", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_2', 'order_2', 100, '{"value": "100", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_3', 'order_2', 20, '{"value": "20", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_4', 'order_5', 30.00, '{"value": "30", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_5', 'order_6', 70, '{"value": "70", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_6', 'order_7', 80, '{"value": "80", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_7', 'order_9', 82, '{"value": "82", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_8', 'order_11', 90, '{"value": "90", "precision": 20}', 'eur', 'capture');

-- Of order 2, 45.67 are given back. Draft 3 becomes an order, is paid, and all of it is given back.
INSERT INTO order_transaction (id, order_id, amount, raw_amount, currency_code, reference) VALUES
    ('ordtrx_9', 'order_2', -45.67, '{"value": "-45.67", "precision": 20}', 'eur', 'refund');
UPDATE "order" SET status = 'pending', is_draft_order = false WHERE id = 'order_3';
INSERT INTO order_transaction (id, order_id, amount, raw_amount, currency_code, reference) VALUES
    ('ordtrx_10', 'order_3', 15.5, '{"value": "15.5", "precision": 20}', 'eur', 'capture'),
    ('ordtrx_11', 'order_3', -15.5, '{"value": "-15.5", "precision": 20}', 'eur', 'refund'),
    ('ordtrx_12', 'order_3', -15.5, '{"value": "-15.5", "precision": 20}', 'eur', 'refund');
-- The refund was recorded twice, and the second is taken back.
UPDATE order_transaction SET deleted_at = '2026-03-05 12:00:00+00' WHERE id = 'ordtrx_12';
UPDATE "order" SET status = 'completed' WHERE id = 'order_1';
UPDATE "order" SET status = 'archived' WHERE id = 'order_2';
-- Draft 4 and order 9 are deleted, order 5 is transferred to Ben, order 7 is cancelled, Dora's account deleted.
UPDATE "order" SET deleted_at = '2026-04-02 12:00:00+00' WHERE id IN ('order_4', 'order_9');
UPDATE "order" SET customer_id = 'cus_ben' WHERE id = 'order_5';
UPDATE "order" SET status = 'canceled', canceled_at = '2026-02-20 12:00:00+00' WHERE id = 'order_7';
INSERT INTO order_transaction (id, order_id, amount, raw_amount, currency_code, reference) VALUES
    ('ordtrx_13', 'order_7', -80, '{"value": "-80", "precision": 20}', 'eur', 'refund');
UPDATE customer SET deleted_at = '2026-04-03 12:00:00+00' WHERE id = 'cus_dora';
