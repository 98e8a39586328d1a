-- The bodies of the alerts that view purchases implies at stream time %(now)s: every silence that is at risk, or has
-- lapsed, for the first time after %(since)s and before the order that ended it or, where none did yet, until now. The
-- model is the version then in force (tables versions, delays).
WITH RECURSIVE worth AS (
    SELECT *, sum(value) OVER placed AS order_value,
           count(*) FILTER (WHERE is_order) OVER placed AS order_count,
           min(placed_at) FILTER (WHERE is_order) OVER placed AS first
    FROM purchases
    WINDOW placed AS (PARTITION BY customer_id ORDER BY placed_at, order_id COLLATE "C")
), silence AS (
    SELECT *, order_count - 1 AS x,
           extract(epoch FROM placed_at - first)::float8 / 86400 AS t_x,
           placed_at + make_interval(secs => 86400 * %(lapse_days)s) AS lapsed_at,
           lead(order_id) OVER placed AS following_id,
           lead(placed_at) OVER placed AS following_at,
           lead(value) OVER placed AS following_value
    FROM worth
    WHERE is_order
    WINDOW placed AS (PARTITION BY customer_id ORDER BY placed_at, order_id COLLATE "C")
), judged AS (
    SELECT silence.*, versions.*, %(threshold)s::float8 AS p,
           greatest(placed_at, since + delay) AS judged_from,
           coalesce(until + delay, 'infinity') AS judged_until
    FROM silence JOIN delays USING (customer_id) CROSS JOIN versions
    WHERE until IS NULL OR placed_at < until + delay
), crossing AS (
    SELECT *, greatest(judged_from, CASE WHEN (b + x) / (a + b + x) < p + %(hysteresis)s THEN 'infinity' ELSE
               first + make_interval(secs => 86400 * greatest(t_x,
                   (alpha + t_x) * power((b + x) / a * (1 - p) / p, 1 / (r + x)) - alpha)) END) AS at_risk_at
    FROM judged
), first_crossing AS (
    SELECT DISTINCT ON (customer_id, order_id) *, least(at_risk_at, greatest(judged_from, lapsed_at)) AS raised_at
    FROM crossing
    WHERE least(at_risk_at, greatest(judged_from, lapsed_at)) < judged_until
    ORDER BY customer_id, order_id, raised_at
), raised AS (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY raised_at) AS number,
           lapsed_at > raised_at AND lapsed_at <= %(now)s AND (following_at IS NULL OR lapsed_at < following_at)
               AS is_escalated,
           following_at IS NOT NULL AND following_at <= %(now)s AS is_resolved
    FROM first_crossing
    WHERE raised_at > %(since)s AND raised_at <= %(now)s AND (following_at IS NULL OR raised_at < following_at)
), cooled AS (
    SELECT customer_id, number, false AS is_suppressed, raised_at AS spared_at
    FROM raised
    WHERE number = 1
    UNION ALL
    SELECT customer_id, raised.number, is_soon, CASE WHEN is_soon THEN spared_at ELSE raised_at END
    FROM cooled JOIN raised USING (customer_id)
    CROSS JOIN LATERAL (SELECT raised_at < spared_at + make_interval(secs => 86400 * %(cooldown_days)s)) AS it (is_soon)
    WHERE raised.number = cooled.number + 1
)
SELECT customer_id || '/' || order_id AS alert_id, customer_id,
       CASE WHEN is_resolved THEN 'resolved' ELSE 'open' END AS status,
       CASE WHEN is_suppressed THEN 'cooldown' END AS suppressed_by,
       CASE WHEN is_escalated OR lapsed_at <= raised_at THEN 'LAPSED' ELSE 'AT_RISK' END AS level,
       raised_at,
       CASE WHEN is_escalated THEN lapsed_at END AS escalated_at,
       CASE WHEN is_resolved THEN following_at END AS resolved_at,
       CASE WHEN is_resolved THEN extract(epoch FROM following_at - raised_at)::float8 END AS resolved_after_seconds,
       CASE WHEN is_resolved THEN following_id END AS resolved_by_order_id,
       CASE WHEN is_resolved THEN following_value::numeric(20, 2) END AS resolved_by_order_value,
       first AS first_purchase, placed_at AS latest_purchase, order_id AS latest_order_id, order_count,
       order_value::numeric(20, 2) AS order_value, %(currency)s AS currency,
       round(greatest(0, (1 - p) * order_value::float8 / order_count * 90 * (r + x)
           / (alpha + extract(epoch FROM raised_at - first)::float8 / 86400))::numeric, 2) AS value_at_risk,
       %(campaign)s AS campaign,
       -- The first 52 bits of the hash, which is as many as a double holds.
       CASE WHEN ('x' || left(encode(sha256(convert_to(%(campaign)s || '/' || customer_id, 'UTF8')), 'hex'), 13))::bit(52)
            ::bigint::float8 / 2 ^ 52 < %(control_share)s THEN 'control' ELSE 'treatment' END AS arm,
       version AS model_version
FROM raised JOIN cooled USING (customer_id, number)
ORDER BY customer_id, raised_at
