-- A million invented customers with some three and a half million orders in three years, for EXPLAIN (ANALYZE) of what is asked of them:
--     psql -v customers=1000000 -f benchmarks/million.sql, from the project's root, in an empty analytics database
-- Half of them order once. The others order at a rate of their own until a day of their own.
\if :{?customers}
\else
    \set customers 1000000
\endif
SELECT setseed(0.5);

INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'Europe/Berlin');
INSERT INTO stream_time (now, alerts_since) VALUES ('2026-07-01 12:00Z', '2026-07-01 12:00Z');
INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days)
VALUES ('mbg-nbd:0.6371,51.17,0.8075,1.2284', 'MBG/NBD', 0.6371, 51.17, 0.8075, 1.2284, 0.5, 0.9, 90);

INSERT INTO purchases (customer_id, line, order_id, placed_at, value, is_order, execution)
SELECT customer, (10 * customer + number)::text, (10 * customer + number)::text, placed_at, value, true, 1
FROM generate_series(1, :customers) AS customer
CROSS JOIN LATERAL (
    SELECT
        timestamptz '2023-07-01 00:00Z' + random() * interval '1096 days' AS first_at,
        greatest(0, -6.0 * ln(random() + 1e-9) - 4)::integer AS repeats,
        random() * interval '900 days' AS life,
        exp(3.6 + 0.7 * sqrt(-2 * ln(random() + 1e-9)) * cos(2 * pi() * random())) AS spend,
        customer AS _ -- so that each customer is drawn anew
) AS person
CROSS JOIN LATERAL (
    SELECT number, first_at + CASE number WHEN 0 THEN interval '0' ELSE random() * life END AS placed_at,
        (spend * (0.5 + random()))::numeric(20, 2) AS value
    FROM generate_series(0, repeats) AS number
) AS orders
WHERE placed_at <= '2026-07-01 12:00Z';

INSERT INTO rfm (customer_id, first_purchase, latest_purchase, order_count, order_value, currency, state, state_since, overdue_at, at_risk_at, model_version, version)
SELECT customer_id, min(placed_at), max(placed_at), count(*), sum(value), 'EUR', 'ACTIVE', max(placed_at), max(placed_at) + interval '40 days', max(placed_at) + interval '60 days', 'mbg-nbd:0.6371,51.17,0.8075,1.2284', 1
FROM purchases
GROUP BY customer_id;

\set days `cat tests/e2e/store_days.sql`
\set cohorts `cat tests/e2e/store_cohorts.sql`
INSERT INTO store_windows (
    day, orders, revenue, refunds, new, "returning", returned_30, returned_60, reactivated, lapsed_30, lapsed_60, lapsed_90, at_risk, execution
) SELECT *, 0, 1 FROM (:days) AS days;
INSERT INTO store_cohorts (cohort, month, ordered, ordered_last, execution) SELECT *, 1 FROM (:cohorts) AS cohorts;

-- stream_time, which is updated every second, is analyzed by autovacuum soon; shop and models never are.
VACUUM ANALYZE purchases, rfm, silences, store_windows, store_cohorts, stream_time;

BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tell_hour();
COMMIT;
ANALYZE store_hours, quintile_hours, segment_hours, survival_hours;
SELECT (SELECT count(*) FROM rfm) AS customers, (SELECT count(*) FROM purchases) AS orders;
