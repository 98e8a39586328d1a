-- Updates that leave a long text alone: without before images its value is not in the log. 108 has a long note, which
-- nobody reads; 109 has a status so long that the column everybody reads is the one that is missing.
INSERT INTO orders (id, customer_id, status, total, placed_at, note)
    VALUES (108, 1, 'paid', 10.00, '2026-02-05 00:00Z', repeat('a long note. ', 200));
UPDATE orders SET status = 'shipped' WHERE id = 108;
INSERT INTO orders (id, customer_id, status, total, placed_at)
    VALUES (109, 1, repeat('paid, or so they say. ', 100), 10.00, '2026-02-05 00:00Z');
UPDATE orders SET refunded = 4.00 WHERE id = 109;
UPDATE orders SET status = 'refunded' WHERE id = 109;
