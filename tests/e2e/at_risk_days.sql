-- How many customers became, or become, AT_RISK on each day, recomputed from view purchases and the versions of the model that
-- have judged each customer by stream time %(now)s (tables versions, delays).
WITH bought AS (
    SELECT customer_id, order_id, placed_at,
           first_value(placed_at) OVER placed AS first,
           coalesce(lead(placed_at) OVER placed, 'infinity') AS following_at,
           row_number() OVER placed - 1 AS x
    FROM purchases
    WHERE is_order
    WINDOW placed AS (PARTITION BY customer_id ORDER BY placed_at, order_id COLLATE "C")
), judged AS (
    SELECT bought.*, r, alpha, a, b, %(threshold)s::float8 AS p,
           extract(epoch FROM placed_at - first)::float8 / 86400 AS t_x,
           least(following_at, placed_at + make_interval(hours => 24 * %(lapse_days)s)) AS ended_at,
           greatest(placed_at, since + delay) AS judged_from,
           CASE WHEN until + delay <= %(now)s THEN until + delay ELSE 'infinity' END AS judged_until
    FROM bought JOIN delays USING (customer_id) JOIN versions ON coalesce(since + delay <= %(now)s, true)
), crossing AS (
    SELECT customer_id, order_id, min(at_risk_at) AS at
    FROM judged
    CROSS JOIN LATERAL (
        SELECT greatest(judged_from, first + make_interval(secs => 86400 * greatest(t_x,
            (alpha + t_x) * power((b + x) / a * (1 - p) / p, 1 / (r + x)) - alpha))) AS at_risk_at
    ) AS crossed
    WHERE (b + x) / (a + b + x) >= p + %(hysteresis)s AND at_risk_at < judged_until AND at_risk_at < ended_at
    GROUP BY customer_id, order_id
)
SELECT (at AT TIME ZONE time_zone)::date AS day, count(*) AS at_risk
FROM crossing CROSS JOIN shop
GROUP BY day
