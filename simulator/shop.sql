-- The demo shop's own tables. A real shop has its own; nothing here belongs to RetentionCast.
CREATE TABLE IF NOT EXISTS customers (
    id          bigint PRIMARY KEY,
    email       text,
    name        text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    merged_into bigint REFERENCES customers (id)
);

CREATE TABLE IF NOT EXISTS orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    status      text NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'cancelled', 'refunded')),
    total       numeric(12, 2) NOT NULL,
    refunded    numeric(12, 2) NOT NULL DEFAULT 0,
    currency    char(3) NOT NULL DEFAULT 'EUR',
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS orders_customer_id ON orders (customer_id);
