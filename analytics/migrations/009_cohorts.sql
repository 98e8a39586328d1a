-- Retention by month of the first order, and who came, came back and fell silent by day. Months and days are the shop's;
-- 90 days are 90 times 24 hours, as everywhere in the flow.

-- A customer counts once a month, so a cell is complete, and told, once stream time has passed the month's end.
CREATE FUNCTION retention(cohorts_from date DEFAULT NULL, cohorts_to date DEFAULT NULL)
RETURNS TABLE (
    cohort              date,
    age_months          integer,
    customers           bigint,
    ordered             bigint,
    ordered_since       bigint,
    retention           double precision,
    unbounded_retention double precision
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH months AS (
        SELECT customer_id, date_trunc('month', placed_at AT TIME ZONE time_zone)::date AS month
        FROM purchases CROSS JOIN stream_time CROSS JOIN shop
        WHERE is_order AND placed_at <= now
        GROUP BY 1, 2
    ), histories AS (
        SELECT customer_id, min(month) AS cohort, max(month) AS latest_month FROM months GROUP BY 1
    ), cohorts AS (
        SELECT histories.cohort, count(*) AS customers
        FROM histories
        WHERE histories.cohort >= coalesce(cohorts_from, '-infinity') AND histories.cohort <= coalesce(cohorts_to, 'infinity')
        GROUP BY 1
    ), ordered AS (
        SELECT histories.cohort, month, count(*) AS ordered, count(*) FILTER (WHERE month = latest_month) AS for_the_last_time
        FROM months JOIN histories USING (customer_id)
        GROUP BY 1, 2
    ), cells AS (
        SELECT
            cohorts.cohort,
            (row_number() OVER of_cohort)::integer - 1 AS age_months,
            customers,
            coalesce(ordered.ordered, 0) AS ordered,
            sum(coalesce(for_the_last_time, 0)) OVER (of_cohort ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)::bigint AS ordered_since,
            (first_of_month + interval '1 month') AT TIME ZONE time_zone <= now AS is_complete
        FROM cohorts CROSS JOIN stream_time CROSS JOIN shop
        CROSS JOIN LATERAL generate_series(cohorts.cohort, now AT TIME ZONE time_zone, interval '1 month') AS first_of_month
        LEFT JOIN ordered ON ordered.cohort = cohorts.cohort AND ordered.month = first_of_month::date
        WINDOW of_cohort AS (PARTITION BY cohorts.cohort ORDER BY first_of_month)
    )
    SELECT
        cells.cohort,
        cells.age_months,
        cells.customers,
        CASE WHEN is_complete THEN cells.ordered END,
        CASE WHEN is_complete THEN cells.ordered_since END,
        CASE WHEN is_complete THEN cells.ordered::double precision / cells.customers END,
        CASE WHEN is_complete THEN cells.ordered_since::double precision / cells.customers END
    FROM cells
    ORDER BY 1, 2
$$;

COMMENT ON FUNCTION retention IS
'How many of the customers who first ordered in a month ordered again, by months since; for cohorts of the months from cohorts_from to cohorts_to (first days of months; null: all). '
'cohort: first day of the month of the first order, in the shop''s time zone. age_months: months after it, 0 for itself. customers: the cohort''s size at stream time. '
'ordered: those who ordered in the month of that age (N-day retention); ordered_since: in it or later (unbounded retention); both null until stream time has passed that month''s end. '
'retention, unbounded_retention: these as shares of customers';

CREATE FUNCTION lifecycle(first_day date, last_day date)
RETURNS TABLE (day date, new bigint, "returning" bigint, reactivated bigint, dormant bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH orders AS (
        SELECT
            (placed_at AT TIME ZONE time_zone)::date AS day,
            placed_at + interval '2160 hours' AS dormant_at,
            lag(placed_at) OVER of_customer AS previous_at,
            lead(placed_at) OVER of_customer AS next_at,
            placed_at,
            time_zone,
            now
        FROM purchases CROSS JOIN stream_time CROSS JOIN shop
        WHERE is_order AND placed_at <= now
        WINDOW of_customer AS (PARTITION BY customer_id ORDER BY placed_at)
    ), visits AS (
        SELECT
            orders.day,
            count(*) FILTER (WHERE previous_at IS NULL) AS new,
            count(*) FILTER (WHERE placed_at < previous_at + interval '2160 hours') AS "returning",
            count(*) FILTER (WHERE placed_at >= previous_at + interval '2160 hours') AS reactivated
        FROM orders
        -- A customer's first order of the day.
        WHERE (previous_at IS NULL OR (previous_at AT TIME ZONE time_zone)::date < orders.day)
            AND orders.day BETWEEN first_day AND last_day
        GROUP BY 1
    ), silences AS (
        SELECT (dormant_at AT TIME ZONE time_zone)::date AS day, count(*) AS dormant
        FROM orders
        WHERE dormant_at <= coalesce(next_at, now)
            AND (dormant_at AT TIME ZONE time_zone)::date BETWEEN first_day AND last_day
        GROUP BY 1
    )
    SELECT
        days.day::date,
        coalesce(visits.new, 0),
        coalesce(visits."returning", 0),
        coalesce(visits.reactivated, 0),
        coalesce(silences.dormant, 0)
    FROM stream_time CROSS JOIN shop
    CROSS JOIN LATERAL generate_series(
        first_day::timestamp, least(last_day, (now AT TIME ZONE time_zone)::date)::timestamp, interval '1 day'
    ) AS days (day)
    LEFT JOIN visits ON visits.day = days.day::date
    LEFT JOIN silences ON silences.day = days.day::date
    ORDER BY 1
$$;

COMMENT ON FUNCTION lifecycle IS
'Customers by what they did, a line for each of the shop''s days from first_day to last_day, at most that of stream time, whose own line grows until it is over. '
'new: first order; returning: ordered, after a gap of less than 90 days; reactivated: ordered, after a gap of 90 days or more; dormant: became silent for 90 days. '
'Counted from all purchases';
