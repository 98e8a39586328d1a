-- What table store_cohorts must hold, recomputed from purchases and shop.
WITH months AS (
    SELECT customer_id, date_trunc('month', placed_at AT TIME ZONE time_zone)::date AS month
    FROM purchases CROSS JOIN shop
    WHERE is_order
    GROUP BY 1, 2
), visits AS (
    SELECT month, min(month) OVER of_customer AS cohort, max(month) OVER of_customer AS last_month
    FROM months
    WINDOW of_customer AS (PARTITION BY customer_id)
)
SELECT cohort, month, count(*) AS ordered, count(*) FILTER (WHERE month = last_month) AS ordered_last
FROM visits
GROUP BY cohort, month
ORDER BY cohort, month
