-- The store as a whole: who has churned, and what the customers are expected to bring in.

-- P(alive) is written once, as what sums it up would compute it anew for each time that it is written.
CREATE VIEW store_churn AS
SELECT
    stream_time.now AS as_of,
    customers,
    churned_30,
    churned_60,
    churned_90,
    churned_30::double precision / nullif(customers, 0) AS churned_share_30,
    churned_60::double precision / nullif(customers, 0) AS churned_share_60,
    churned_90::double precision / nullif(customers, 0) AS churned_share_90,
    expected_alive,
    1 - expected_alive / nullif(customers, 0) AS expected_churned_share
FROM stream_time CROSS JOIN (
    SELECT
        count(*) AS customers,
        count(*) FILTER (WHERE churned_30) AS churned_30,
        count(*) FILTER (WHERE churned_60) AS churned_60,
        count(*) FILTER (WHERE churned_90) AS churned_90,
        nullif(coalesce(sum(coalesce(p_alive, 'NaN')), 0), 'NaN') AS expected_alive
    FROM customers_now
) AS store;

COMMENT ON VIEW store_churn IS 'How many of all customers have churned as of stream time, by the rules of silence and by the model, in one row; none before the first heartbeat';
COMMENT ON COLUMN store_churn.as_of IS 'Stream time: the instant that this is of';
COMMENT ON COLUMN store_churn.customers IS 'Customers with a counted order';
DO $$
BEGIN
    FOR days IN 30..90 BY 30 LOOP
        EXECUTE format('COMMENT ON COLUMN store_churn.churned_%s IS %L', days, format('Those who have been silent for %s days or more', days));
        EXECUTE format('COMMENT ON COLUMN store_churn.churned_share_%s IS %L', days, format('churned_%s / customers; null without customers', days));
    END LOOP;
END $$;
COMMENT ON COLUMN store_churn.expected_alive IS 'How many are expected to order again, ever: the sum of P(alive); null where the model of one of them is not known';
COMMENT ON COLUMN store_churn.expected_churned_share IS 'The share expected never to order again; null without customers';

-- MBG/NBD given that the customer is alive. If nobody ever left, the orders within the horizon would be negative binomial:
-- of shape s = r + x, each further one with probability z = h / (alpha + T + h), times (s + n) / (n + 1). The n-th is placed
-- if the customer has stayed after each of the n - 1 before it, which happens with the moment E[(1 - p)^(n - 1)] of
-- Beta(a, b + x + 1). So P(N >= n) is a product of the two. All terms are positive: nothing cancels, nothing overflows.
CREATE FUNCTION orders_if_alive(
    horizon_days double precision, r double precision, alpha_days double precision, a double precision, b double precision,
    frequency double precision, age_days double precision, OUT orders double precision, OUT orders_squared double precision
) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    shape    constant double precision := r + frequency;
    z        constant double precision := horizon_days / (alpha_days + age_days + horizon_days);
    log_mass double precision := shape * ln(1 - z);
    mass     double precision;
    at_least double precision := 1;  -- P(n or more), if nobody left
    stayed   double precision := 1;  -- E[(1 - p)^(n - 1)]
    ratio    double precision;
    n        double precision := 0;
BEGIN
    -- The loop ends for such numbers only. NaN is more than infinity in Postgres.
    IF NOT (
        least(horizon_days, frequency, age_days) >= 0 AND least(r, alpha_days, a, b) > 0
        AND horizon_days + frequency + age_days + r + alpha_days + a + b < 'infinity'
    ) THEN
        RAISE EXCEPTION 'the horizon, the customer and the model must be finite and not negative, the model above 0'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    orders := 0;
    orders_squared := 0;
    LOOP
        -- exp() of less is an error in Postgres.
        mass := CASE WHEN log_mass < -700 THEN 0 ELSE exp(log_mass) END;
        at_least := greatest(0, at_least - mass);
        ratio := z * (shape + n) / (n + 1);
        n := n + 1;
        orders := orders + stayed * at_least;
        orders_squared := orders_squared + (2 * n - 1) * stayed * at_least;
        -- What is left of the sums is less than a geometric series once the ratio stays below 1.
        EXIT WHEN z = 0 OR stayed < 1e-100 OR (greatest(ratio, z) < 1 AND (2 * n + 1) * mass < 1e-13 * (1 - greatest(ratio, z)) ^ 3 * (1e-3 + orders));
        log_mass := log_mass + ln(ratio);
        stayed := stayed * (b + frequency + n) / (a + b + frequency + n);
    END LOOP;
END $$;

COMMENT ON FUNCTION orders_if_alive IS
'MBG/NBD: the expected number of orders within horizon_days of a customer who is alive, and of its square. '
'r, alpha_days, a, b: the model, as in models; frequency: repeat orders so far; age_days: days since the first order. Times P(alive) it holds for anybody. '
'Relative error below 1e-9';

-- What a customer spends on an order is a mean of the customer's own orders and of everybody's, by credibility (Buehlmann
-- and Straub 1970): the variance between customers against that within them. Gamma-Gamma comes to the same linear form; its
-- parameters are not needed for it, nor that every order be worth more than nothing, which refunds prevent.
CREATE VIEW spend AS
SELECT coalesce(weighted_mean, value / orders) AS mean_value, variance_within, variance_between
FROM (
    SELECT
        count(*)::double precision AS customers,
        sum(order_count)::double precision AS orders,
        sum(order_count::bigint * order_count)::double precision AS squared_counts,
        sum(order_value)::double precision AS value,
        sum(order_value::double precision ^ 2 / order_count) AS of_means
    FROM rfm
) AS sums
CROSS JOIN (SELECT sum(value * value)::double precision AS of_orders FROM purchases WHERE is_order) AS squares
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN orders > customers THEN greatest(0, of_orders - of_means) / (orders - customers)
        -- Nobody has come back, so nothing tells the one from the other.
        WHEN customers > 1 THEN greatest(0, of_means - value ^ 2 / orders) / (customers - 1)
    END AS variance_within
) AS within
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN orders > customers AND customers > 1 THEN
            greatest(0, of_means - value ^ 2 / orders - (customers - 1) * variance_within) / (orders - squared_counts / orders)
        ELSE 0
    END AS variance_between
) AS between_customers
CROSS JOIN LATERAL (
    SELECT sum(order_value::double precision * weight) / sum(order_count * weight) AS weighted_mean
    FROM rfm CROSS JOIN LATERAL (SELECT 1 / nullif(order_count * variance_between + variance_within, 0) AS weight) AS of_customer
) AS mean;

COMMENT ON VIEW spend IS 'What orders are worth, less refunds, in one row: the mean, and the variances that say how much of it is the customer''s own';
COMMENT ON COLUMN spend.mean_value IS 'The mean of customers'' mean orders, weighted by credibility; null without customers';
COMMENT ON COLUMN spend.variance_within IS 'Variance of one customer''s orders; of all orders, where nobody has come back; null where there is one order';
COMMENT ON COLUMN spend.variance_between IS 'Variance of the customers'' own means; 0 where nobody has come back';

-- Customers with equal counts and nearly equal ages are taken together, at their mean age: within a 64th of ln(alpha + T) the
-- expectation bends by less than 1e-4 of itself. The variance of a customer's N orders of mean worth M, which is itself in
-- doubt: E[N] Var(worth | M) + E[N^2] E[M^2] - (E[N] E[M])^2.
CREATE FUNCTION expected_revenue(horizon_days integer)
RETURNS TABLE (
    as_of              timestamptz,
    customers          bigint,
    expected_orders    double precision,
    expected_revenue   double precision,
    standard_deviation double precision,
    lower              double precision,
    upper              double precision
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH customers AS (
        SELECT
            model_version,
            frequency,
            age_days,
            floor(64 * ln(alpha_days + age_days)) AS age_class,
            p_alive,
            mean_value + credibility * (order_value::double precision / order_count - mean_value) AS value,
            variance_within,
            variance_between * (1 - credibility) AS variance_of_value
        FROM customers_now
        LEFT JOIN models ON models.version = model_version
        CROSS JOIN spend
        CROSS JOIN LATERAL (
            SELECT
                date_part('epoch', recency) / 86400 + days_silent AS age_days,
                coalesce(order_count * variance_between / nullif(order_count * variance_between + variance_within, 0), 0) AS credibility
        ) AS own
        -- Computes each column once: merged into the sums below, P(alive) would be computed for each time that it occurs there.
        OFFSET 0
    ), cells AS (
        SELECT
            model_version,
            frequency,
            count(*) AS customers,
            avg(age_days) AS age_days,
            sum(p_alive) AS alive,
            sum(p_alive * value) AS value,
            min(variance_within) AS variance_within,
            sum(p_alive * (value ^ 2 + variance_of_value)) AS value_squared,
            -- Postgres refuses a square that underflows.
            sum(CASE WHEN p_alive < 1e-100 THEN 0 ELSE (p_alive * value) ^ 2 END) AS squared_value
        FROM customers
        GROUP BY model_version, frequency, age_class
    ), store AS (
        SELECT
            coalesce(sum(cells.customers), 0)::bigint AS customers,
            count(*) = count(orders) AS is_known,
            coalesce(sum(alive * orders), 0) AS orders,
            coalesce(sum(value * orders), 0) AS revenue,
            CASE WHEN count(*) = 0 THEN 0
                ELSE sum(alive * variance_within * orders + value_squared * orders_squared - squared_value * orders ^ 2)
            END AS variance
        FROM cells
        LEFT JOIN models ON models.version = model_version
        LEFT JOIN LATERAL orders_if_alive(horizon_days, r, alpha_days, a, b, frequency, age_days) ON true
    )
    SELECT
        now,
        customers,
        orders,
        revenue,
        deviation,
        -- Less than nothing is not brought in, unless it is what is expected.
        CASE WHEN deviation IS NOT NULL THEN greatest(revenue - 1.959964 * deviation, least(0, revenue)) END,
        revenue + 1.959964 * deviation
    FROM stream_time CROSS JOIN store
    CROSS JOIN LATERAL (SELECT CASE WHEN variance > 0 THEN sqrt(variance) WHEN variance <= 0 THEN 0 END AS deviation) AS of_revenue
    WHERE is_known
$$;

COMMENT ON FUNCTION expected_revenue IS
'What the customers known by now are expected to order within horizon_days, and what that is worth less refunds, in one row; customers still to come are not in it. '
'None before the first heartbeat, or where the model of a customer is not known. as_of: stream time. expected_orders, expected_revenue: by MBG/NBD and the mean value of an order (view spend). '
'standard_deviation: of the revenue around it. lower, upper: what it lies between with 95 %, if the model holds; it knows of no seasons and no doubt about its parameters. Null where a single order tells nothing of the variance';
