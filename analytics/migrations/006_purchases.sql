-- The orders themselves: what rfm sums up. Kept by the churn flow, in the same transactions.
CREATE TABLE purchases (
    customer_id text NOT NULL,
    line        text NOT NULL,
    order_id    text NOT NULL,
    placed_at   timestamptz NOT NULL,
    value       numeric(20, 2) NOT NULL,
    is_order    boolean NOT NULL,
    execution   bigint NOT NULL,
    PRIMARY KEY (customer_id, line)
);

COMMENT ON TABLE purchases IS 'Every customer''s orders: only what counts or is worth anything has a line. They may lie a little ahead of stream_time.now';
COMMENT ON COLUMN purchases.customer_id IS 'The customer''s id in the shop';
COMMENT ON COLUMN purchases.line IS 'The flow''s name of the order: its id, with the merges of accounts that it came by';
COMMENT ON COLUMN purchases.order_id IS 'The order''s id in the shop';
COMMENT ON COLUMN purchases.placed_at IS 'When it was placed';
COMMENT ON COLUMN purchases.value IS 'What it is worth less refunds, in the shop''s currency: a customer''s add up to rfm.order_value';
COMMENT ON COLUMN purchases.is_order IS 'Whether it counts as an order; false: a refund that stands among the orders, so it is worth something but is no purchase';
COMMENT ON COLUMN purchases.execution IS 'The start of the flow that wrote this line; an earlier one never overwrites it';
