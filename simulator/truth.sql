-- What a shop never knows, for judging predictions. No publication lists these tables, so no connector sees them.
CREATE SCHEMA IF NOT EXISTS truth;

-- The one population the shop is made of.
CREATE TABLE IF NOT EXISTS truth.population (
    seed       bigint NOT NULL,
    preset     text NOT NULL,
    dropout    text NOT NULL,              -- pareto, mbg or bg
    regularity double precision NOT NULL,  -- k: gaps between orders are Gamma(k, k * orders_per_day)
    customers  bigint NOT NULL,            -- who arrive in each span of
    days       bigint NOT NULL,
    until      timestamptz NOT NULL        -- end of the history, start of live
);

-- Every person who has arrived, by the account's id; as a guest the same person had another row in customers.
CREATE TABLE IF NOT EXISTS truth.customers (
    customer_id     bigint PRIMARY KEY,
    guest_id        bigint,
    orders_per_day  double precision NOT NULL,  -- λ, until the dropout
    dropout_per_day double precision NOT NULL,  -- μ of pareto, else 0
    dropout_chance  double precision NOT NULL,  -- p after an order of mbg and bg, else 0
    first_order_at  timestamptz NOT NULL,
    dropout_at      timestamptz NOT NULL,       -- τ
    final_order_at  timestamptz                 -- the last order never cancelled, perhaps still to come
);

-- The shop's clock: every change before this instant is committed, none after it. It advances in the transaction
-- that makes the changes it passes, so it stops when the simulator stops, and no order can come in behind it.
CREATE TABLE IF NOT EXISTS truth.clock (shop_time timestamptz NOT NULL);

-- The heartbeat's role may ask for the time, though it may not read the truth.
CREATE OR REPLACE FUNCTION cdc.shop_now() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS 'SELECT shop_time FROM truth.clock';
