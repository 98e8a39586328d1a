-- Retention by month of the first order, and the store's customers by day, from what the flow adds up: store_cohorts and
-- store_windows. Months and days are the shop's; 30, 60 and 90 days are so many times 24 hours, as everywhere in the flow.

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
    WITH cells AS (
        SELECT
            cohorts.cohort,
            (row_number() OVER of_cohort)::integer - 1 AS age_months,
            cohorts.ordered AS customers,
            coalesce(of_month.ordered, 0) AS ordered,
            -- All but those whose latest order was before: the latest of some may lie a moment ahead, in a month without a cell.
            cohorts.ordered - coalesce(sum(of_month.ordered_last) OVER (of_cohort ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint
                AS ordered_since,
            (first_of_month + interval '1 month') AT TIME ZONE time_zone <= now AS is_complete
        FROM store_cohorts AS cohorts
        CROSS JOIN (SELECT (SELECT now FROM stream_time) AS now, (SELECT time_zone FROM shop) AS time_zone) AS store
        CROSS JOIN LATERAL generate_series(cohorts.cohort::timestamp, now AT TIME ZONE time_zone, interval '1 month') AS first_of_month
        LEFT JOIN store_cohorts AS of_month ON of_month.cohort = cohorts.cohort AND of_month.month = first_of_month::date
        WHERE cohorts.month = cohorts.cohort
            AND cohorts.cohort >= coalesce(cohorts_from, '-infinity') AND cohorts.cohort <= coalesce(cohorts_to, 'infinity')
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
'cohort: first day of the month of the first order, in the shop''s time zone. age_months: months after it, 0 for itself. customers: the cohort''s size. '
'ordered: those who ordered in the month of that age (N-day retention); ordered_since: in it or later (unbounded retention); both null until stream time has passed that month''s end. '
'retention, unbounded_retention: these as shares of customers';

-- Whoever first orders or comes back after N days of silence becomes active, and nobody else does: so the active are a sum of
-- days. Days on which nothing was have no line in store_windows, but one here.
CREATE FUNCTION lifecycle(first_day date, last_day date)
RETURNS TABLE (
    day date, is_complete boolean, new bigint, "returning" bigint, reactivated bigint, lapsed_30 bigint, lapsed_60 bigint, lapsed_90 bigint,
    active_30 bigint, active_60 bigint, active_90 bigint, dormant_30 bigint, dormant_60 bigint, dormant_90 bigint
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH days AS (
        SELECT
            (SELECT store_today()) AS today,
            day::date AS day,
            coalesce(new, 0) AS new,
            coalesce("returning", 0) AS "returning",
            coalesce(returned_30, 0) AS returned_30,
            coalesce(returned_60, 0) AS returned_60,
            coalesce(reactivated, 0) AS reactivated,
            coalesce(lapsed_30, 0) AS lapsed_30,
            coalesce(lapsed_60, 0) AS lapsed_60,
            coalesce(lapsed_90, 0) AS lapsed_90
        FROM generate_series(
            -- A series from -infinity on would never end.
            least(nullif(first_day, '-infinity'), (SELECT min(day) FROM store_windows))::timestamp,
            least(last_day, (SELECT store_today()))::timestamp,
            interval '1 day'
        ) AS dates (day)
        LEFT JOIN store_windows USING (day)
    ), sums AS (
        SELECT
            *,
            (sum(new) OVER so_far)::bigint AS customers,
            (sum(new + returned_30 - lapsed_30) OVER so_far)::bigint AS active_30,
            (sum(new + returned_60 - lapsed_60) OVER so_far)::bigint AS active_60,
            (sum(new + reactivated - lapsed_90) OVER so_far)::bigint AS active_90
        FROM days
        WINDOW so_far AS (ORDER BY day)
    )
    SELECT
        day, day < today, new, "returning", reactivated, lapsed_30, lapsed_60, lapsed_90,
        active_30, active_60, active_90, customers - active_30, customers - active_60, customers - active_90
    FROM sums
    WHERE day >= first_day AND today IS NOT NULL
    ORDER BY 1
$$;

COMMENT ON FUNCTION lifecycle IS
'Customers by what they did, a line for each of the shop''s days from first_day to last_day, at most that of stream time. '
'is_complete: false of the day that runs at stream time; its silences are those that will be so many days long at its end unless ended by an order. '
'new: first order; returning: ordered, after a gap of less than 90 days; reactivated: ordered, after a gap of 90 days or more; lapsed_N: became silent for N days. '
'At the day''s end, active_N: have ordered within N days; dormant_N: have been silent for N days or more';

-- A period no longer than the silence: all that lapses within it was active at its start, and no one lapses twice.
CREATE FUNCTION period_churn(silence_days integer, period_days integer DEFAULT 30)
RETURNS TABLE (first_day date, last_day date, active bigint, lapsed bigint, churn_rate double precision)
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF silence_days NOT IN (30, 60, 90) OR period_days NOT BETWEEN 1 AND silence_days OR num_nulls(silence_days, period_days) > 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'silence_days must be 30, 60 or 90, and period_days from 1 to silence_days';
    END IF;
    RETURN QUERY
    SELECT start, today - 1, sums.active, sums.lapsed, sums.lapsed / nullif(sums.active, 0)::double precision
    FROM (SELECT store_today() AS today, store_today() - period_days AS start) AS period
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(
                new
                + CASE silence_days WHEN 30 THEN returned_30 WHEN 60 THEN returned_60 ELSE reactivated END
                - CASE silence_days WHEN 30 THEN lapsed_30 WHEN 60 THEN lapsed_60 ELSE lapsed_90 END
            ) FILTER (WHERE day < start), 0)::bigint AS active,
            coalesce(sum(
                CASE silence_days WHEN 30 THEN lapsed_30 WHEN 60 THEN lapsed_60 ELSE lapsed_90 END
            ) FILTER (WHERE day >= start), 0)::bigint AS lapsed
        FROM store_windows
        WHERE day < today
    ) AS sums
    WHERE today IS NOT NULL;
END
$$;

COMMENT ON FUNCTION period_churn IS
'Churn within the last period_days that are over, under the rule that silence_days of silence (30, 60 or 90) are churn, in one row; none before the first heartbeat. '
'first_day, last_day: the period, in the shop''s days; it is no longer than the silence. active: customers who had been silent for less than silence_days when it began. '
'lapsed: silences that became so many days long within it, also if ended since: each of another of those customers. churn_rate: lapsed / active; null where nobody was active';
