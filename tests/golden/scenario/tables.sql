-- The shop before anybody looks: its tables, the rows that the snapshot finds, and a clock that stands still, so that a
-- heartbeat says the same in every recording.
CREATE TABLE customers (
    id          bigint PRIMARY KEY,
    email       text,
    name        text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    merged_into bigint
);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    status      text NOT NULL,
    total       numeric(12, 2) NOT NULL,
    refunded    numeric(12, 2) NOT NULL DEFAULT 0,
    currency    char(3) NOT NULL DEFAULT 'EUR',
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE refunds (
    id       bigint PRIMARY KEY,
    order_id bigint NOT NULL,
    amount   numeric(12, 2) NOT NULL,
    status   text NOT NULL
);

-- Orders as other shops keep them: other ids, carts without a customer or an instant, amounts without a scale.
CREATE TABLE typed_orders (
    id          uuid PRIMARY KEY,
    customer_id integer,
    total       numeric,
    tax         numeric(20, 4),
    placed_ms   timestamp(3),
    placed_us   timestamp(6),
    placed_on   date,
    placed_at   timestamptz,
    deleted_at  timestamptz
);

CREATE SCHEMA cdc;
CREATE FUNCTION cdc.shop_now() RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT timestamptz '2026-05-01 12:00:00.123456Z' $$;

INSERT INTO customers (id, email, name, created_at) VALUES
    (1, 'ada@example.org', 'Ada', '2024-01-05 10:00Z'),
    (2, 'zoë@example.org', 'Zoë "雪" 😀', '2024-02-01 00:00:00.123456Z'),
    (3, NULL, NULL, '2023-12-31 23:59:59.999999+05:30');

INSERT INTO orders (id, customer_id, status, total, refunded, currency, placed_at) VALUES
    (101, 1, 'paid', 19.90, 0, 'EUR', '2026-01-01 12:00Z'),
    (102, 2, 'pending', 1234567890.12, 0, 'EUR', '2026-01-02 12:00:00.5Z'),
    (103, 3, 'shipped', 0.00, 0, 'USD', '2026-01-03 12:00:00.123456+05:30');

INSERT INTO refunds (id, order_id, amount, status) VALUES (1, 101, 5.00, 'success');

INSERT INTO typed_orders VALUES (
    '00000000-0000-4000-8000-000000000001', 1, 19.9, 3.1774,
    '2026-01-01 12:00:00.123', '2026-01-01 12:00:00.123456', '2026-01-01', '2026-01-01 12:00:00.123456Z', NULL
);
