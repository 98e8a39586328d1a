-- What table store_windows must hold, but for at_risk, recomputed from purchases and shop: a line for each of the shop's days
-- that has anything to tell, also those after stream time. 720, 1440 and 2160 hours are 30, 60 and 90 days.
WITH dated AS (
    SELECT customer_id, placed_at, value, is_order, (placed_at AT TIME ZONE time_zone)::date AS day, time_zone
    FROM purchases CROSS JOIN shop
), orders AS (
    SELECT
        day,
        time_zone,
        placed_at,
        lead(placed_at) OVER of_customer AS next_at,
        placed_at - lag(placed_at) OVER of_customer AS gap,
        lag(day) OVER of_customer AS previous_day
    FROM dated
    WHERE is_order
    WINDOW of_customer AS (PARTITION BY customer_id ORDER BY placed_at)
), silences AS (
    SELECT days, ((placed_at + days * interval '24 hours') AT TIME ZONE time_zone)::date AS day
    FROM orders CROSS JOIN (VALUES (30), (60), (90)) AS rules (days)
    WHERE next_at IS NULL OR next_at >= placed_at + days * interval '24 hours'
), amounts AS (
    SELECT
        day,
        count(*) FILTER (WHERE is_order) AS orders,
        coalesce(sum(value) FILTER (WHERE is_order), 0) AS revenue,
        coalesce(-sum(value) FILTER (WHERE NOT is_order), 0) AS refunds
    FROM dated
    GROUP BY day
), visits AS (
    SELECT
        day,
        count(*) FILTER (WHERE gap IS NULL) AS new,
        -- Days are compared: where clocks are put back at midnight, a day begins twice.
        count(*) FILTER (WHERE previous_day <> day AND gap < interval '2160 hours') AS "returning",
        count(*) FILTER (WHERE gap >= interval '720 hours') AS returned_30,
        count(*) FILTER (WHERE gap >= interval '1440 hours') AS returned_60,
        count(*) FILTER (WHERE gap >= interval '2160 hours') AS reactivated
    FROM orders
    GROUP BY day
), lapses AS (
    SELECT
        day,
        count(*) FILTER (WHERE days = 30) AS lapsed_30,
        count(*) FILTER (WHERE days = 60) AS lapsed_60,
        count(*) FILTER (WHERE days = 90) AS lapsed_90
    FROM silences
    GROUP BY day
)
SELECT
    day,
    coalesce(orders, 0) AS orders,
    coalesce(revenue, 0)::numeric(24, 2) AS revenue,
    coalesce(refunds, 0)::numeric(24, 2) AS refunds,
    coalesce(new, 0) AS new,
    coalesce("returning", 0) AS "returning",
    coalesce(returned_30, 0) AS returned_30,
    coalesce(returned_60, 0) AS returned_60,
    coalesce(reactivated, 0) AS reactivated,
    coalesce(lapsed_30, 0) AS lapsed_30,
    coalesce(lapsed_60, 0) AS lapsed_60,
    coalesce(lapsed_90, 0) AS lapsed_90
FROM amounts FULL JOIN visits USING (day) FULL JOIN lapses USING (day)
-- Refunds of a day may cancel out where there is nothing else.
WHERE orders <> 0 OR refunds <> 0 OR lapsed_30 <> 0 OR lapsed_60 <> 0 OR lapsed_90 <> 0
ORDER BY day
