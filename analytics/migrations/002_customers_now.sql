-- Customers as they stand at stream time. All that decays while a customer is silent is computed here, when asked for.
--
-- P(alive) of MBG/NBD (Batislam, Denizel and Filiztekin 2007), with x = frequency, t_x = recency, T = age:
--     1 / (1 + a / (b + x) * ((alpha + T) / (alpha + t_x)) ^ (r + x))
-- In logarithms, since the power overflows. Postgres also refuses an exp() that overflows or underflows: beyond +-700
-- the probability is 0 or 1 to 300 digits.
CREATE VIEW customers_now AS
SELECT
    rfm.*,
    stream_time.now AS as_of,
    days_silent,
    CASE WHEN log_odds > 700 THEN 0 WHEN log_odds < -700 THEN 1 ELSE 1 / (1 + exp(log_odds)) END AS p_alive,
    days_silent >= 30 AS churned_30,
    days_silent >= 60 AS churned_60,
    days_silent >= 90 AS churned_90
FROM rfm
LEFT JOIN models ON models.version = rfm.model_version
LEFT JOIN stream_time ON true
CROSS JOIN LATERAL (
    SELECT
        date_part('epoch', recency) / 86400 AS recency_days,
        -- An order can be read before stream time has come to it: no silence is negative.
        CASE WHEN stream_time.now < latest_purchase THEN 0
            ELSE date_part('epoch', stream_time.now - latest_purchase) / 86400 END AS days_silent
) AS ages
CROSS JOIN LATERAL (
    SELECT ln(a / (b + frequency)) + (r + frequency) * ln(1 + days_silent / (alpha_days + recency_days)) AS log_odds
) AS departure;

COMMENT ON VIEW customers_now IS 'Every line of rfm with what follows from it at stream time';
DO $$
DECLARE
    inherited record;
BEGIN
    FOR inherited IN
        SELECT attname, col_description(attrelid, attnum) AS description
        FROM pg_attribute WHERE attrelid = 'rfm'::regclass AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN customers_now.%I IS %L', inherited.attname, inherited.description);
    END LOOP;
END $$;
COMMENT ON COLUMN customers_now.as_of IS 'Stream time: the instant that this line describes; null before the first heartbeat';
COMMENT ON COLUMN customers_now.days_silent IS 'Days from the latest order to stream time';
COMMENT ON COLUMN customers_now.p_alive IS 'Probability that the customer will ever order again, by the model of model_version; null where that is not in models';
COMMENT ON COLUMN customers_now.churned_30 IS 'Silent for 30 days or more';
COMMENT ON COLUMN customers_now.churned_60 IS 'Silent for 60 days or more';
COMMENT ON COLUMN customers_now.churned_90 IS 'Silent for 90 days or more';
