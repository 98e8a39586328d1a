-- Alerts as the topic tells them, for whoever asks in SQL, and how good they have been so far.
CREATE TABLE alerts (
    alert_id                text PRIMARY KEY,
    customer_id             text NOT NULL,
    status                  text NOT NULL CHECK (status IN ('open', 'resolved', 'withdrawn')),
    suppressed_by           text CHECK (suppressed_by IN ('cooldown', 'budget')),
    level                   text NOT NULL CHECK (level IN ('AT_RISK', 'LAPSED')),
    raised_at               timestamptz NOT NULL,
    escalated_at            timestamptz,
    resolved_at             timestamptz,
    resolved_by_order_id    text,
    resolved_by_order_value numeric(20, 2),
    first_purchase          timestamptz NOT NULL,
    latest_purchase         timestamptz NOT NULL,
    latest_order_id         text NOT NULL,
    order_count             integer NOT NULL CHECK (order_count > 0),
    order_value             numeric(20, 2) NOT NULL,
    currency                text NOT NULL,
    value_at_risk           numeric(20, 2) NOT NULL CHECK (value_at_risk >= 0),
    campaign                text NOT NULL,
    arm                     text NOT NULL CHECK (arm IN ('treatment', 'control')),
    model_version           text NOT NULL,
    withdrawn_reason        text CHECK (withdrawn_reason IN ('order-gone', 'earlier-order', 'history-changed', 'erasure')),
    told_at                 timestamptz,
    first_told_at           timestamptz NOT NULL,
    execution               bigint NOT NULL,
    CHECK (first_purchase <= latest_purchase AND latest_purchase <= raised_at AND raised_at <= resolved_at),
    CHECK (num_nulls(resolved_at, resolved_by_order_id, resolved_by_order_value) IN (0, 3)),
    CHECK (CASE status WHEN 'open' THEN resolved_at IS NULL WHEN 'resolved' THEN resolved_at IS NOT NULL ELSE true END),
    CHECK ((status = 'withdrawn') = (withdrawn_reason IS NOT NULL))
);

-- A customer's alerts, newest first, and their deletion.
CREATE INDEX alerts_customer ON alerts (customer_id, raised_at);
-- The days of alert_quality.
CREATE INDEX alerts_day ON alerts (((raised_at AT TIME ZONE 'UTC')::date), arm);

COMMENT ON TABLE alerts IS 'The alerts, a line for each silence that had one, as the alerts'' topic tells them; also those that were withdrawn';
COMMENT ON COLUMN alerts.alert_id IS 'The customer''s id with % and / percent-encoded, a slash, the id of the order that the silence follows';
COMMENT ON COLUMN alerts.customer_id IS 'The customer''s id in the shop';
COMMENT ON COLUMN alerts.status IS 'open; resolved: the customer ordered again; withdrawn: the shop''s tables do not imply it any more, the other columns are as they were told before';
COMMENT ON COLUMN alerts.suppressed_by IS 'Why nobody was to act on it; null: raised';
COMMENT ON COLUMN alerts.level IS 'The highest state that the silence has reached';
COMMENT ON COLUMN alerts.raised_at IS 'When the silence first was AT_RISK or LAPSED';
COMMENT ON COLUMN alerts.escalated_at IS 'When an alert raised at AT_RISK became LAPSED';
COMMENT ON COLUMN alerts.resolved_at IS 'When the customer ordered again';
COMMENT ON COLUMN alerts.resolved_by_order_id IS 'The order that ended the silence';
COMMENT ON COLUMN alerts.resolved_by_order_value IS 'What that order was worth less refunds, in currency';
COMMENT ON COLUMN alerts.first_purchase IS 'When the first counted order was placed';
COMMENT ON COLUMN alerts.latest_purchase IS 'When the order that the silence follows was placed';
COMMENT ON COLUMN alerts.latest_order_id IS 'The order that the silence follows';
COMMENT ON COLUMN alerts.order_count IS 'Counted orders up to that order';
COMMENT ON COLUMN alerts.order_value IS 'Sum of these orders less refunds, in currency';
COMMENT ON COLUMN alerts.currency IS 'Currency of all amounts, ISO 4217';
COMMENT ON COLUMN alerts.value_at_risk IS 'The part that is likely lost of what the customer would spend in the 90 days after raised_at, if alive';
COMMENT ON COLUMN alerts.campaign IS 'What the customers were divided into arms for';
COMMENT ON COLUMN alerts.arm IS 'treatment; control: nobody was to act on it, so that the difference can be measured';
COMMENT ON COLUMN alerts.model_version IS 'The line of models by which it was raised';
COMMENT ON COLUMN alerts.withdrawn_reason IS 'Why it was withdrawn; null: it stands';
COMMENT ON COLUMN alerts.told_at IS 'Stream time of the last message; null: erased before the first heartbeat';
COMMENT ON COLUMN alerts.first_told_at IS 'Stream time of the first message';
COMMENT ON COLUMN alerts.execution IS 'The start of the flow that wrote this line; an earlier one never overwrites it';

-- The difference of two instants is counted in days of 24 hours, whatever the time zone.
CREATE VIEW alert_quality AS
SELECT
    (raised_at AT TIME ZONE 'UTC')::date AS day,
    arm,
    count(*) FILTER (WHERE was_raised) AS raised,
    count(*) FILTER (WHERE suppressed_by = 'cooldown') AS suppressed_by_cooldown,
    count(*) FILTER (WHERE suppressed_by = 'budget') AS suppressed_by_budget,
    count(*) FILTER (WHERE was_raised AND arm = 'control') AS control,
    count(*) FILTER (WHERE was_raised AND status = 'withdrawn') AS withdrawn,
    avg((status = 'withdrawn')::integer) FILTER (WHERE was_raised)::double precision AS withdrawn_share,
    count(*) FILTER (WHERE stands AND resolved_at IS NOT NULL) AS resolved,
    count(*) FILTER (WHERE age >= interval '30 days') AS judged_30,
    count(*) FILTER (WHERE age >= interval '30 days' AND silence >= interval '30 days') AS stayed_away_30,
    avg((silence >= interval '30 days')::integer) FILTER (WHERE age >= interval '30 days')::double precision AS precision_30,
    count(*) FILTER (WHERE age >= interval '60 days') AS judged_60,
    count(*) FILTER (WHERE age >= interval '60 days' AND silence >= interval '60 days') AS stayed_away_60,
    avg((silence >= interval '60 days')::integer) FILTER (WHERE age >= interval '60 days')::double precision AS precision_60,
    count(*) FILTER (WHERE age >= interval '90 days') AS judged_90,
    count(*) FILTER (WHERE age >= interval '90 days' AND silence >= interval '90 days') AS stayed_away_90,
    avg((silence >= interval '90 days')::integer) FILTER (WHERE age >= interval '90 days')::double precision AS precision_90
FROM alerts
LEFT JOIN stream_time ON true
CROSS JOIN LATERAL (
    SELECT suppressed_by IS NULL AS was_raised, suppressed_by IS NULL AND status <> 'withdrawn' AS stands
) AS verdict
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN stands THEN stream_time.now - raised_at END AS age,
        coalesce(resolved_at, stream_time.now) - raised_at AS silence
) AS judged
GROUP BY 1, 2;

COMMENT ON VIEW alert_quality IS 'By day and arm: how many alerts were raised, suppressed and withdrawn, and after how many of them the customer stayed away';
COMMENT ON COLUMN alert_quality.day IS 'The UTC day of raised_at';
COMMENT ON COLUMN alert_quality.arm IS 'treatment or control';
COMMENT ON COLUMN alert_quality.raised IS 'Alerts that were not suppressed, also those that were withdrawn later';
COMMENT ON COLUMN alert_quality.suppressed_by_cooldown IS 'Alerts suppressed since the customer''s last one was raised shortly before';
COMMENT ON COLUMN alert_quality.suppressed_by_budget IS 'Alerts suppressed since their value at risk was too low for the day';
COMMENT ON COLUMN alert_quality.control IS 'Raised alerts that nobody was to act on';
COMMENT ON COLUMN alert_quality.withdrawn IS 'Raised alerts that were withdrawn';
COMMENT ON COLUMN alert_quality.withdrawn_share IS 'withdrawn / raised; null where none was raised';
COMMENT ON COLUMN alert_quality.resolved IS 'Raised alerts that stand and whose customer ordered again';
DO $$
BEGIN
    FOR days IN 30..90 BY 30 LOOP
        EXECUTE format('COMMENT ON COLUMN alert_quality.judged_%s IS %L', days, format('Raised alerts that stand and are %s days old or older at stream time', days));
        EXECUTE format('COMMENT ON COLUMN alert_quality.stayed_away_%s IS %L', days, format('Those of judged_%s whose customer did not order for %s days after the alert', days, days));
        EXECUTE format('COMMENT ON COLUMN alert_quality.precision_%s IS %L', days, format('stayed_away_%s / judged_%s; null where there is nothing to judge yet', days, days));
    END LOOP;
END $$;
