-- What takes a pass over all customers is told once an hour of stream time, by analytics.hourly, and kept: P(alive) of
-- everybody falls at every moment, so there is nothing to add up from changes, but in an hour by less than a thousandth.
CREATE TABLE store_hours (
    hour             timestamptz PRIMARY KEY,
    as_of            timestamptz NOT NULL,
    customers        bigint NOT NULL,
    silent_30        bigint NOT NULL,
    silent_60        bigint NOT NULL,
    silent_90        bigint NOT NULL,
    expected_alive   double precision,
    revenue_30       double precision,
    revenue_30_lower double precision,
    revenue_30_upper double precision,
    revenue_90       double precision,
    revenue_90_lower double precision,
    revenue_90_upper double precision,
    currency         text NOT NULL
);

CREATE TABLE quintile_hours (
    hour            timestamptz PRIMARY KEY REFERENCES store_hours ON DELETE CASCADE,
    latest_purchase timestamptz[],
    order_count     integer[],
    order_value     numeric[]
);

CREATE TABLE segment_hours (
    hour        timestamptz NOT NULL REFERENCES store_hours ON DELETE CASCADE,
    segment     text NOT NULL,
    customers   bigint NOT NULL,
    order_count bigint NOT NULL,
    order_value numeric NOT NULL,
    PRIMARY KEY (hour, segment)
);

CREATE TABLE survival_hours (
    hour         timestamptz NOT NULL REFERENCES store_hours ON DELETE CASCADE,
    silence_days integer NOT NULL,
    cohort       date NOT NULL,
    durations    integer[] NOT NULL,
    events       bigint[] NOT NULL,
    censored     bigint[] NOT NULL,
    PRIMARY KEY (hour, silence_days, cohort)
);

COMMENT ON TABLE store_hours IS 'The store as a whole, by hour of stream time; an hour in which nobody asked for it is missing';
COMMENT ON COLUMN store_hours.hour IS 'The hour''s beginning';
COMMENT ON COLUMN store_hours.as_of IS 'Stream time: the instant within the hour that all of this is of';
COMMENT ON COLUMN store_hours.customers IS 'Customers with a counted order';
COMMENT ON COLUMN store_hours.expected_alive IS 'How many of them are expected to order again, ever: the sum of P(alive); null where the model of one of them is not known';
COMMENT ON COLUMN store_hours.currency IS 'The shop''s currency';
DO $$
BEGIN
    FOR days IN 30..90 BY 30 LOOP
        EXECUTE format('COMMENT ON COLUMN store_hours.silent_%s IS %L', days, format('Those who have been silent for %s days or more', days));
    END LOOP;
    FOR days IN 30..90 BY 60 LOOP
        EXECUTE format('COMMENT ON COLUMN store_hours.revenue_%s IS %L', days, format('What these customers are expected to bring in within %s days: expected_revenue(%1$s)', days));
        EXECUTE format('COMMENT ON COLUMN store_hours.revenue_%s_lower IS %L', days, format('Lower end of the 95 %% interval of revenue_%s', days));
        EXECUTE format('COMMENT ON COLUMN store_hours.revenue_%s_upper IS %L', days, format('Upper end of the 95 %% interval of revenue_%s', days));
    END LOOP;
END $$;
COMMENT ON TABLE quintile_hours IS 'Where the quintiles of the customers ended, as view quintiles told, by hour of stream time';
COMMENT ON COLUMN quintile_hours.hour IS 'The hour''s beginning; store_hours.as_of tells the instant within it';
COMMENT ON COLUMN quintile_hours.latest_purchase IS 'The latest orders at which recency scores 1 to 4 end; null where there were no customers, as the others are';
COMMENT ON COLUMN quintile_hours.order_count IS 'The counts of orders at which frequency scores 1 to 4 end';
COMMENT ON COLUMN quintile_hours.order_value IS 'The values of all orders less refunds at which monetary scores 1 to 4 end';
COMMENT ON TABLE segment_hours IS 'The RFM segments that have customers, by hour of stream time';
COMMENT ON COLUMN segment_hours.hour IS 'The hour''s beginning; store_hours.as_of tells the instant within it';
COMMENT ON COLUMN segment_hours.segment IS 'The segment''s name, as in segments';
COMMENT ON COLUMN segment_hours.customers IS 'Customers in it';
COMMENT ON COLUMN segment_hours.order_count IS 'Their orders, in all';
COMMENT ON COLUMN segment_hours.order_value IS 'What these are worth less refunds, in the shop''s currency';

COMMENT ON TABLE survival_hours IS 'What hourly_survival and hourly_log_rank are computed from, for silences of 30, 60 and 90 days, of the newest hour alone';
COMMENT ON COLUMN survival_hours.hour IS 'The hour''s beginning; store_hours.as_of tells the instant within it';
COMMENT ON COLUMN survival_hours.silence_days IS 'So many days of silence are the event';
COMMENT ON COLUMN survival_hours.cohort IS 'The month of the first order, by its first day in the shop''s time zone';
COMMENT ON COLUMN survival_hours.durations IS 'Days since the first order, each once';
COMMENT ON COLUMN survival_hours.events IS 'How many customers fell silent after so many days, in the order of durations';
COMMENT ON COLUMN survival_hours.censored IS 'How many have been followed for so many days, and had not fallen silent';

-- Quintiles hardly move in an hour, and finding them sorts all customers three times.
CREATE VIEW segments AS
SELECT
    customer_id,
    recency_score,
    frequency_score,
    monetary_score,
    segment(recency_score, frequency_score, monetary_score) AS segment
FROM rfm
CROSS JOIN (SELECT * FROM quintile_hours ORDER BY hour DESC LIMIT 1) AS ends
CROSS JOIN LATERAL (
    SELECT
        quintile(rfm.latest_purchase, ends.latest_purchase) AS recency_score,
        quintile(rfm.order_count, ends.order_count) AS frequency_score,
        quintile(rfm.order_value, ends.order_value) AS monetary_score
) AS scores;

COMMENT ON VIEW segments IS 'The RFM segment of every customer as it is now, among the customers as they were at the newest hour of quintile_hours; empty before the first';
COMMENT ON COLUMN segments.customer_id IS 'The customer''s id in the shop';
COMMENT ON COLUMN segments.recency_score IS '5: among the fifth of the customers who ordered last; 1: among the fifth who have been silent longest';
COMMENT ON COLUMN segments.frequency_score IS '5: among the fifth with most orders; whoever has equally many has the same score, the lowest of theirs';
COMMENT ON COLUMN segments.monetary_score IS '5: among the fifth who spent most, in all and less refunds';
COMMENT ON COLUMN segments.segment IS 'Champions, Loyal, Potential loyalists, New customers, Promising, Need attention, About to sleep, At risk, Cannot lose them, Hibernating or Lost';

CREATE FUNCTION tell_hour() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    this_hour constant timestamptz := date_trunc('hour', now, 'UTC') FROM stream_time;
BEGIN
    IF current_setting('transaction_isolation') = 'read committed' THEN
        RAISE invalid_transaction_state USING MESSAGE = 'tell_hour() must see one state of the database: BEGIN ISOLATION LEVEL REPEATABLE READ';
    ELSIF EXISTS (SELECT FROM store_hours WHERE hour >= this_hour) THEN
        RETURN NULL;
    END IF;
    INSERT INTO store_hours
    SELECT
        this_hour, churn.as_of, churn.customers, churned_30, churned_60, churned_90, expected_alive,
        month.expected_revenue, month.lower, month.upper, quarter.expected_revenue, quarter.lower, quarter.upper, currency
    FROM store_churn AS churn
    CROSS JOIN shop
    LEFT JOIN expected_revenue(30) AS month ON true
    LEFT JOIN expected_revenue(90) AS quarter ON true
    ON CONFLICT DO NOTHING;
    IF NOT found THEN
        RETURN NULL;
    END IF;
    INSERT INTO quintile_hours SELECT this_hour, latest_purchase, order_count, order_value FROM quintiles;
    INSERT INTO segment_hours
    SELECT this_hour, segment, count(*), sum(order_count), sum(order_value)
    FROM segments JOIN rfm USING (customer_id)
    GROUP BY segment;
    DELETE FROM survival_hours;
    INSERT INTO survival_hours
    SELECT this_hour, silence_days, cohort, array_agg(duration_days), array_agg(silent), array_agg(others)
    FROM (
        SELECT
            silence_days, cohort, duration_days,
            count(*) FILTER (WHERE silent) AS silent, count(*) FILTER (WHERE NOT silent) AS others
        FROM (VALUES (30), (60), (90)) AS rules (silence_days) CROSS JOIN LATERAL first_silences(silence_days)
        GROUP BY silence_days, cohort, duration_days
    ) AS days
    GROUP BY silence_days, cohort;
    RETURN this_hour;
END
$$;

COMMENT ON FUNCTION tell_hour IS 'Write the lines of this hour of stream time to store_hours, quintile_hours, segment_hours and survival_hours, and return the hour; null where it has been told, or there is nothing to tell yet';

-- Counts of days are a thousandth of the customers, so a curve of each cohort is drawn at once.
CREATE FUNCTION hourly_survival(silence_days integer)
RETURNS TABLE (
    cohort date, at_days integer, at_risk bigint, events bigint, censored bigint,
    survival double precision, std_error double precision, lower double precision, upper double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH counts AS (
        SELECT * FROM survival_hours WHERE survival_hours.silence_days = hourly_survival.silence_days
    )
    SELECT counts.cohort, curve.* FROM counts CROSS JOIN LATERAL kaplan_meier(durations, counts.events, counts.censored) AS curve
    UNION ALL
    SELECT NULL, curve.*
    FROM (
        SELECT array_agg(day) AS days, array_agg(event) AS events, array_agg(other) AS others
        FROM counts CROSS JOIN LATERAL unnest(durations, counts.events, counts.censored) AS observations (day, event, other)
        HAVING count(*) > 0
    ) AS observed
    CROSS JOIN LATERAL kaplan_meier(days, observed.events, others) AS curve
    ORDER BY 1 NULLS FIRST, 2
$$;

COMMENT ON FUNCTION hourly_survival IS 'The curves of survival() and survival_by_cohort() for 30, 60 or 90 days of silence, as they were at the newest hour of survival_hours; cohort is null in that of all customers';

CREATE FUNCTION hourly_log_rank(
    silence_days integer, OUT chi_square double precision, OUT degrees_of_freedom integer, OUT p double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT test.*
    FROM (
        SELECT
            array_agg(day) AS days, array_agg(event) AS events, array_agg(other) AS others, array_agg(cohort::text) AS cohorts
        FROM survival_hours
        CROSS JOIN LATERAL unnest(durations, survival_hours.events, censored) AS observations (day, event, other)
        WHERE survival_hours.silence_days = hourly_log_rank.silence_days
    ) AS observed
    CROSS JOIN LATERAL log_rank(days, observed.events, others, cohorts) AS test
$$;

COMMENT ON FUNCTION hourly_log_rank IS 'The log-rank test of log_rank() for 30, 60 or 90 days of silence, as it was at the newest hour of survival_hours';
