-- Retention by month of the first order, and who came, came back and fell silent by day. Months and days are the shop's;
-- 90 days are 90 times 24 hours, as everywhere in the flow.
--
-- The one row of shop and of stream_time is a subquery wherever there are many orders: Postgres takes a table of one row
-- that was never analyzed to have about a thousand, and would plan for a thousand times as many orders.

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
        SELECT customer_id, date_trunc('month', placed_at AT TIME ZONE (SELECT time_zone FROM shop))::date AS month
        FROM purchases
        WHERE is_order AND placed_at <= (SELECT now FROM stream_time)
        GROUP BY 1, 2
    ), visits AS (
        SELECT month, min(month) OVER of_customer AS cohort, month = max(month) OVER of_customer AS is_latest
        FROM months
        WINDOW of_customer AS (PARTITION BY customer_id)
    ), counts AS (
        SELECT visits.cohort, month, count(*) AS ordered, count(*) FILTER (WHERE is_latest) AS for_the_last_time
        FROM visits
        WHERE visits.cohort >= coalesce(cohorts_from, '-infinity') AND visits.cohort <= coalesce(cohorts_to, 'infinity')
        GROUP BY 1, 2
    ), cells AS (
        SELECT
            cohorts.cohort,
            (row_number() OVER of_cohort)::integer - 1 AS age_months,
            cohorts.ordered AS customers,
            coalesce(counts.ordered, 0) AS ordered,
            (sum(coalesce(counts.for_the_last_time, 0)) OVER (of_cohort ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING))::bigint
                AS ordered_since,
            (first_of_month + interval '1 month') AT TIME ZONE time_zone <= now AS is_complete
        FROM counts AS cohorts CROSS JOIN stream_time CROSS JOIN shop
        CROSS JOIN LATERAL
            generate_series(cohorts.cohort::timestamp, now AT TIME ZONE time_zone, interval '1 month') AS first_of_month
        LEFT JOIN counts ON counts.cohort = cohorts.cohort AND counts.month = first_of_month::date
        WHERE cohorts.month = cohorts.cohort
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
            placed_at,
            lag(placed_at) OVER of_customer AS previous_at,
            lead(placed_at) OVER of_customer AS next_at,
            placed_at + interval '2160 hours' AS dormant_at,
            (SELECT time_zone FROM shop) AS time_zone
        FROM purchases
        WHERE is_order AND placed_at <= (SELECT now FROM stream_time)
        WINDOW of_customer AS (PARTITION BY customer_id ORDER BY placed_at)
    ), visits AS (
        SELECT
            (placed_at AT TIME ZONE time_zone)::date AS day,
            count(*) FILTER (WHERE previous_at IS NULL) AS new,
            count(*) FILTER (WHERE placed_at < previous_at + interval '2160 hours') AS "returning",
            count(*) FILTER (WHERE placed_at >= previous_at + interval '2160 hours') AS reactivated
        FROM orders
        -- A customer's first order of the day. Days are compared, not instants: where clocks are put back at midnight, a
        -- day begins twice.
        WHERE (placed_at AT TIME ZONE time_zone)::date BETWEEN first_day AND last_day
            AND (
                previous_at IS NULL
                OR (previous_at AT TIME ZONE time_zone)::date < (placed_at AT TIME ZONE time_zone)::date
            )
        GROUP BY 1
    ), silences AS (
        SELECT (dormant_at AT TIME ZONE time_zone)::date AS day, count(*) AS dormant
        FROM orders
        WHERE (dormant_at AT TIME ZONE time_zone)::date BETWEEN first_day AND last_day
            AND dormant_at <= coalesce(next_at, (SELECT now FROM stream_time))
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
