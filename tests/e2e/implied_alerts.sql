-- The alerts that view purchases implies: every silence whose crossing lies after %(since)s, and before the order
-- that ended it or, where none did, at or before stream time %(now)s.
WITH parameters (r, alpha, a, b, p) AS (
    VALUES (0.6371::float8, 51.17::float8, 0.8075::float8, 1.2284::float8, 0.5::float8)
), silence AS (
    SELECT customer_id, order_id, placed_at,
           row_number() OVER placed - 1 AS x,
           first_value(placed_at) OVER placed AS first,
           lead(placed_at) OVER placed AS following
    FROM purchases
    WHERE is_order
    WINDOW placed AS (PARTITION BY customer_id ORDER BY placed_at, order_id COLLATE "C")
), model AS (
    SELECT silence.*, extract(epoch FROM placed_at - first)::float8 / 86400 AS t_x, parameters.*
    FROM silence, parameters
), crossing AS (
    SELECT *, first + make_interval(secs => 86400 * greatest(t_x,
               (alpha + t_x) * power((b + x) / a * (1 - p) / p, 1 / (r + x)) - alpha)) AS at_risk_at
    FROM model
)
SELECT customer_id || '/' || order_id || '/AT_RISK' AS id, at_risk_at
FROM crossing
WHERE at_risk_at > %(since)s
  AND at_risk_at <= %(now)s
  AND (following IS NULL OR at_risk_at < following)
