-- The alerts that view purchases implies: every silence whose first crossing lies after %(since)s, and before the order
-- that ended it or, where none did, at or before stream time %(now)s. The crossing is the first instant at which the
-- version then in force (tables versions, delays) says that the customer is at risk.
WITH silence AS (
    SELECT customer_id, order_id, placed_at,
           row_number() OVER placed - 1 AS x,
           first_value(placed_at) OVER placed AS first,
           lead(placed_at) OVER placed AS following
    FROM purchases
    WHERE is_order
    WINDOW placed AS (PARTITION BY customer_id ORDER BY placed_at, order_id COLLATE "C")
), judged AS (
    SELECT silence.*, versions.*, 0.5::float8 AS p,
           extract(epoch FROM placed_at - first)::float8 / 86400 AS t_x,
           greatest(placed_at, since + delay) AS judged_from,
           until + delay AS judged_until
    FROM silence JOIN delays USING (customer_id) CROSS JOIN versions
    WHERE until IS NULL OR placed_at < until + delay
), crossing AS (
    SELECT *, greatest(judged_from, first + make_interval(secs => 86400 * greatest(t_x,
               (alpha + t_x) * power((b + x) / a * (1 - p) / p, 1 / (r + x)) - alpha))) AS at_risk_at
    FROM judged
), first_crossing AS (
    SELECT DISTINCT ON (customer_id, order_id) *
    FROM crossing
    WHERE judged_until IS NULL OR at_risk_at < judged_until
    ORDER BY customer_id, order_id, at_risk_at
)
SELECT customer_id || '/' || order_id || '/AT_RISK' AS id, at_risk_at
FROM first_crossing
WHERE at_risk_at > %(since)s
  AND at_risk_at <= %(now)s
  AND (following IS NULL OR at_risk_at < following)
