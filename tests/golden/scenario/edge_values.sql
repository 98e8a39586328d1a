-- Before the connector starts: values that Postgres allows and that few readers expect.
INSERT INTO orders (id, customer_id, status, total, refunded, currency, placed_at) VALUES
    (201, 1, 'paid', 'NaN', 0, 'EUR', 'infinity'),
    (202, 1, 'paid', 9999999999.99, 'NaN', 'EUR', '-infinity'),
    (203, -1, '', -0.01, 0.01, 'eur', '0044-03-15 12:00Z BC'),
    (9223372036854775807, 9223372036854775807, E'pa\tid "é"', 0, 0, '', '12345-06-07 08:09:10Z');

INSERT INTO typed_orders (id, total, tax, placed_ms, placed_us, placed_on, placed_at) VALUES
    ('00000000-0000-4000-8000-000000000011', 'NaN', 'NaN', 'infinity', 'infinity', 'infinity', 'infinity'),
    ('00000000-0000-4000-8000-000000000012', 0.0000001, 0.0001, '-infinity', '-infinity', '-infinity', '-infinity'),
    ('00000000-0000-4000-8000-000000000013', 1e20, -9999999999999999.9999, '0044-03-15 12:00 BC', '0044-03-15 12:00 BC',
        '0044-03-15 BC', '0044-03-15 12:00Z BC'),
    ('00000000-0000-4000-8000-000000000014', -0.50, 0, '12345-06-07 08:09:10', '12345-06-07 08:09:10', '12345-06-07',
        '12345-06-07 08:09:10Z'),
    ('00000000-0000-4000-8000-000000000015', 12345678901234567890.12345, 0, '9999-12-31 23:59:59.999',
        '9999-12-31 23:59:59.999999', '5874897-12-31', '294276-12-31 23:59:59.999999Z'),
    ('00000000-0000-4000-8000-000000000016', 'Infinity', NULL, NULL, NULL, NULL, NULL),
    ('00000000-0000-4000-8000-000000000017', '-Infinity', NULL, NULL, NULL, NULL, NULL);
