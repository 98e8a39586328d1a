-- The crash shop's own tables: customers who are merged and erased, orders in several currencies, refunds as rows of their
-- own. In a schema beside the simulator's.
CREATE SCHEMA crash;

CREATE TABLE crash.customers (
    id          text PRIMARY KEY,
    created_at  timestamptz NOT NULL,
    merged_into text REFERENCES crash.customers (id)
);

CREATE TABLE crash.orders (
    id          bigint PRIMARY KEY,
    customer_id text REFERENCES crash.customers (id),
    status      text NOT NULL,
    total       numeric(12, 2) NOT NULL,
    refunded    numeric(12, 2) NOT NULL DEFAULT 0,
    currency    char(3) NOT NULL DEFAULT 'EUR',
    placed_at   timestamptz NOT NULL
);

-- Without a foreign key: a refund may outlive its order, and then changes nothing.
CREATE TABLE crash.refunds (
    id       bigint PRIMARY KEY,
    order_id bigint NOT NULL,
    amount   numeric(12, 2) NOT NULL,
    status   text NOT NULL
);

-- The shop's clock moves in the transaction that makes the changes it passes, so no order comes in behind it unless
-- it is meant to. `step` tells, after an outage, whether the transaction that was under way has been committed.
CREATE TABLE crash.clock (shop_time timestamptz NOT NULL, step bigint NOT NULL);
INSERT INTO crash.clock VALUES ('2024-01-01 00:00Z', 0);
