-- What table rfm must hold at stream time %(now)s, recomputed from view purchases: the shop's own tables as purchases.sql
-- reads them.
-- MBG/NBD (Batislam, Denizel & Filiztekin 2007), in days, with the version that judges the customer at that time
-- (tables versions, delays).
WITH customer AS (
    SELECT customer_id, sum(value) AS value,
           min(placed_at) FILTER (WHERE is_order) AS first,
           max(placed_at) FILTER (WHERE is_order) AS latest,
           count(*) FILTER (WHERE is_order) AS n
    FROM purchases
    GROUP BY customer_id
    HAVING bool_or(is_order)
), model AS (
    SELECT customer.*, n - 1 AS x, extract(epoch FROM latest - first)::float8 / 86400 AS t_x, versions.*,
           0.5::float8 AS p, 0.9::float8 AS q
    FROM customer JOIN delays USING (customer_id) JOIN versions
        ON coalesce(since + delay <= %(now)s, true) AND coalesce(%(now)s < until + delay, true)
), crossing AS (
    SELECT *,
           latest + make_interval(secs => 86400 * (alpha + t_x) * (power(1 - q, -1 / (r + x)) - 1)) AS overdue_at,
           first + make_interval(secs => 86400 * greatest(t_x,
               (alpha + t_x) * power((b + x) / a * (1 - p) / p, 1 / (r + x)) - alpha)) AS at_risk_at,
           latest + interval '90 days' AS lapsed_at
    FROM model
)
SELECT customer_id, first, latest, latest - first AS recency, (n - 1)::int AS frequency, n::int AS order_count,
       value::numeric(20, 2) AS order_value,
       CASE WHEN lapsed_at <= %(now)s THEN 'LAPSED' WHEN at_risk_at <= %(now)s THEN 'AT_RISK'
            WHEN overdue_at <= %(now)s THEN 'OVERDUE' ELSE 'ACTIVE' END AS state,
       CASE WHEN lapsed_at <= %(now)s THEN lapsed_at WHEN at_risk_at <= %(now)s THEN at_risk_at
            WHEN overdue_at <= %(now)s THEN overdue_at ELSE latest END AS state_since,
       overdue_at, at_risk_at
FROM crossing
ORDER BY customer_id
