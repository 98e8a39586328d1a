-- What the churn flow writes.

-- Exact, unlike one multiplication in floating point: a whole number of seconds has a double of its own.
CREATE FUNCTION instant(microseconds bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_timestamp(microseconds / 1000000) + (microseconds % 1000000) * interval '1 microsecond'
$$;

COMMENT ON FUNCTION instant IS 'The instant so many microseconds after 1970-01-01T00:00Z; an error beyond Postgres''s range';

-- Every order rewrites its customer's line. Room is left on the pages and no column that changes is indexed, so that
-- an update stays on its page (HOT) and touches no index. Counting the states of a million lines takes 0.1 s as it is.
CREATE TABLE rfm (
    customer_id     text PRIMARY KEY,
    first_purchase  timestamptz NOT NULL,
    latest_purchase timestamptz NOT NULL,
    recency         interval GENERATED ALWAYS AS (latest_purchase - first_purchase) STORED,
    frequency       integer GENERATED ALWAYS AS (order_count - 1) STORED,
    order_count     integer NOT NULL CHECK (order_count > 0),
    order_value     numeric(20, 2) NOT NULL,
    currency        text NOT NULL,
    state           text NOT NULL CHECK (state IN ('ACTIVE', 'OVERDUE', 'AT_RISK', 'LAPSED')),
    state_since     timestamptz NOT NULL,
    overdue_at      timestamptz,
    at_risk_at      timestamptz,
    model_version   text NOT NULL,
    version         bigint NOT NULL,
    CHECK (first_purchase <= latest_purchase)
) WITH (fillfactor = 75);

COMMENT ON TABLE rfm IS 'Recency, frequency and monetary value: one line for each customer with a counted order, kept by the churn flow';
COMMENT ON COLUMN rfm.customer_id IS 'The customer''s id in the shop';
COMMENT ON COLUMN rfm.first_purchase IS 'When the first counted order was placed';
COMMENT ON COLUMN rfm.latest_purchase IS 'When the latest counted order was placed';
COMMENT ON COLUMN rfm.recency IS 'Time from the first to the latest order (t_x of the lifetime models): not the time since';
COMMENT ON COLUMN rfm.frequency IS 'Repeat orders: all counted orders but the first (x of the lifetime models)';
COMMENT ON COLUMN rfm.order_count IS 'Counted orders';
COMMENT ON COLUMN rfm.order_value IS 'Sum of the counted orders less refunds, in currency';
COMMENT ON COLUMN rfm.currency IS 'Currency of order_value, ISO 4217';
COMMENT ON COLUMN rfm.state IS 'ACTIVE; OVERDUE: silent for longer than most of the customer''s gaps; AT_RISK: P(alive) has fallen to the threshold; LAPSED: silent for lapse_days';
COMMENT ON COLUMN rfm.state_since IS 'When the state was reached: the latest order, or the instant of crossing';
COMMENT ON COLUMN rfm.overdue_at IS 'When the customer becomes OVERDUE if silent; null: never';
COMMENT ON COLUMN rfm.at_risk_at IS 'When the customer becomes AT_RISK if silent; null: never';
COMMENT ON COLUMN rfm.model_version IS 'The line of models that the instants were computed with';
COMMENT ON COLUMN rfm.version IS 'Newest change of the shop''s log in this line; an older one never overwrites it';

CREATE TABLE models (
    version     text PRIMARY KEY,
    family      text NOT NULL,
    r           double precision NOT NULL CHECK (r > 0),
    alpha_days  double precision NOT NULL CHECK (alpha_days > 0),
    a           double precision NOT NULL CHECK (a > 0),
    b           double precision NOT NULL CHECK (b > 0),
    threshold   double precision NOT NULL,
    quantile    double precision NOT NULL,
    lapse_days  integer NOT NULL,
    fitted_at   timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE models IS 'The lifetime models in use: rfm.model_version names one';
COMMENT ON COLUMN models.version IS 'The model''s name';
COMMENT ON COLUMN models.family IS 'Which model: MBG/NBD';
COMMENT ON COLUMN models.r IS 'Shape of the gamma distribution of order rates';
COMMENT ON COLUMN models.alpha_days IS 'Rate of the gamma distribution of order rates, in days';
COMMENT ON COLUMN models.a IS 'First parameter of the beta distribution of the probability to leave after an order';
COMMENT ON COLUMN models.b IS 'Second parameter of the beta distribution of the probability to leave after an order';
COMMENT ON COLUMN models.threshold IS 'P(alive) at which a customer becomes AT_RISK';
COMMENT ON COLUMN models.quantile IS 'Quantile of a living customer''s gaps after which one becomes OVERDUE';
COMMENT ON COLUMN models.lapse_days IS 'Days of silence after which a customer becomes LAPSED';
COMMENT ON COLUMN models.fitted_at IS 'When the parameters were fitted; null: they were given';
COMMENT ON COLUMN models.recorded_at IS 'When a flow first ran with the model';

CREATE TABLE stream_time (
    one_row      boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    now          timestamptz NOT NULL,
    alerts_since timestamptz NOT NULL
);

COMMENT ON TABLE stream_time IS 'The shop''s clock, in one row; empty before the first heartbeat';
COMMENT ON COLUMN stream_time.one_row IS 'Always true';
COMMENT ON COLUMN stream_time.now IS 'The instant up to which rfm is complete; never goes backward';
COMMENT ON COLUMN stream_time.alerts_since IS 'Crossings before this instant are in rfm but were not published as alerts';

CREATE TABLE rejected_rows (
    id          text PRIMARY KEY,
    reason      text NOT NULL,
    row         jsonb NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE rejected_rows IS 'Lines that the tables cannot hold, as the flow computed them: each is a fault to look into';
COMMENT ON COLUMN rejected_rows.id IS 'SHA-256 of the row: a replay rejects nothing twice';
COMMENT ON COLUMN rejected_rows.reason IS 'What Postgres says of it';
COMMENT ON COLUMN rejected_rows.row IS 'The line; instants in microseconds since 1970, UTC';
COMMENT ON COLUMN rejected_rows.rejected_at IS 'When it was rejected';
COMMENT ON TABLE migrations IS 'The migrations that have been applied';
COMMENT ON COLUMN migrations.name IS 'File name';
COMMENT ON COLUMN migrations.checksum IS 'SHA-256 of the file';
COMMENT ON COLUMN migrations.applied_at IS 'When it was applied';
