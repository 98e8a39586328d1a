-- Kaplan-Meier curves and log-rank tests: of any durations, and of the time to customers' first silence.

CREATE AGGREGATE product(double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = '1', PARALLEL = SAFE);

COMMENT ON AGGREGATE product(double precision) IS 'The product of the values; 1 of none';

CREATE FUNCTION require_observations(durations integer[], events bigint[], censored bigint[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF coalesce(cardinality(durations), 0) <> ALL (
        ARRAY[coalesce(cardinality(events), 0), coalesce(cardinality(censored), 0)]
    ) THEN
        RAISE data_exception USING MESSAGE = 'durations and the arrays beside it must be of one length';
    ELSIF num_nulls(array_position(durations, NULL), array_position(events, NULL), array_position(censored, NULL)) < 3 THEN
        RAISE data_exception USING MESSAGE = 'there must be no null among the observations';
    ELSIF 0 > ANY (durations) OR 0 > ANY (events) OR 0 > ANY (censored) THEN
        RAISE data_exception USING MESSAGE = 'durations and counts must not be negative';
    END IF;
END
$$;

COMMENT ON FUNCTION require_observations IS 'Raise data_exception unless the arrays are of one length, without nulls and negative numbers; a null array counts as empty';

-- The curve starts at day 0 with all. Where nobody survives, Greenwood's variance has a factor of infinity and there is no
-- log-log interval: Postgres says null, as R does.
CREATE FUNCTION kaplan_meier(durations integer[], event_counts bigint[], censored_counts bigint[])
RETURNS TABLE (
    at_days integer, at_risk bigint, events bigint, censored bigint,
    survival double precision, std_error double precision, lower double precision, upper double precision
)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_observations(durations, event_counts, censored_counts);
    RETURN QUERY
    WITH days AS (
        SELECT day, sum(event)::bigint AS events, sum(other)::bigint AS censored
        FROM (
            SELECT * FROM unnest(durations, event_counts, censored_counts)
            UNION ALL SELECT 0, 0, 0
        ) AS observations (day, event, other)
        GROUP BY day
        HAVING day = 0 OR sum(event + other) > 0
    ), risk_sets AS (
        SELECT *, sum(events + censored) OVER (ORDER BY day DESC)::bigint AS at_risk FROM days
    ), curve AS (
        SELECT
            *,
            product((at_risk - events)::double precision / at_risk) OVER earlier AS survival,
            sum(events / nullif(at_risk::double precision * (at_risk - events), 0)) OVER earlier AS greenwood
        FROM risk_sets
        WHERE at_risk > 0
        WINDOW earlier AS (ORDER BY day)
    )
    SELECT
        day,
        at_risk,
        events,
        censored,
        survival,
        CASE WHEN survival > 0 THEN survival * sqrt(greenwood) END,
        CASE WHEN survival = 1 THEN 1 WHEN survival > 0 THEN power(survival, exp(log_error)) END,
        CASE WHEN survival = 1 THEN 1 WHEN survival > 0 THEN power(survival, exp(-log_error)) END
    FROM curve
    CROSS JOIN LATERAL (
        -- 95 %: the 0.975 quantile of the normal distribution times the standard error of ln(-ln(survival)).
        SELECT CASE WHEN survival > 0 AND survival < 1 THEN -1.959963984540054 * sqrt(greenwood) / ln(survival) END
    ) AS intervals (log_error)
    ORDER BY day;
END
$$;

COMMENT ON FUNCTION kaplan_meier(integer[], bigint[], bigint[]) IS 'Kaplan-Meier curve, a line for day 0 and each duration, with Greenwood''s standard error and the 95 % log-log interval (null where survival is 0): event_counts[i] events and censored_counts[i] censored at durations[i]';

CREATE FUNCTION kaplan_meier(durations integer[], is_event boolean[])
RETURNS TABLE (
    at_days integer, at_risk bigint, events bigint, censored bigint,
    survival double precision, std_error double precision, lower double precision, upper double precision
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT curve.*
    FROM (
        SELECT array_agg(event::integer::bigint ORDER BY place) AS events, array_agg(1 - event::integer::bigint ORDER BY place) AS others
        FROM unnest(is_event) WITH ORDINALITY AS observations (event, place)
    ) AS counts
    CROSS JOIN LATERAL kaplan_meier(durations, counts.events, counts.others) AS curve
$$;

COMMENT ON FUNCTION kaplan_meier(integer[], boolean[]) IS 'Kaplan-Meier curve of single observations: durations[i] ended with the event, or was censored';

-- Q(k/2, x/2), the regularised upper incomplete gamma function, for whole k: a finite sum without cancellation,
--     k even:               sum of y^j e^-y / gamma(j + 1) for j from 0 to k/2 - 1, with y = x/2
--     k odd:  erfc(sqrt(y)) + sum of y^(j - 1/2) e^-y / gamma(j + 1/2) for j from 1 to (k - 1)/2
-- each summand in logarithms from the one before it, as the powers overflow. Postgres refuses an exp() that underflows.
CREATE FUNCTION chi_square_survival(chi_square double precision, degrees_of_freedom integer) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN degrees_of_freedom < 1 THEN NULL
        WHEN chi_square <= 0 THEN 1
        WHEN chi_square = 'infinity' THEN 0
        WHEN chi_square = 'nan' THEN chi_square
        ELSE least(1, CASE WHEN degrees_of_freedom % 2 = 1 THEN erfc(sqrt(chi_square / 2)) ELSE 0 END + (
            SELECT coalesce(sum(exp(log_summand)) FILTER (WHERE log_summand > -700), 0)
            FROM (
                SELECT sum(CASE
                    WHEN j > 1 THEN ln(chi_square / 2 / (j - 1 + degrees_of_freedom % 2 / 2.0::double precision))
                    WHEN degrees_of_freedom % 2 = 1 THEN ln(2 * chi_square / pi()) / 2 - chi_square / 2
                    ELSE -chi_square / 2
                END) OVER (ORDER BY j) AS log_summand
                FROM generate_series(1, degrees_of_freedom / 2) AS j
            ) AS summands
        ))
    END
$$;

COMMENT ON FUNCTION chi_square_survival IS 'Probability that a chi-square variable of so many degrees of freedom exceeds a value; null below one degree';

-- D' V^- D by elimination. V has no full rank: its rows add up to 0, and a group that is never compared has a row of zeros.
-- What is then left of a pivot is noise, and any generalised inverse V^- gives the same.
CREATE FUNCTION squared_distance(
    differences double precision[], covariances double precision[],
    OUT chi_square double precision, OUT degrees_of_freedom integer
)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    size integer := coalesce(cardinality(differences), 0);
    variances double precision[];
    factor double precision;
    pivot double precision;
BEGIN
    chi_square := 0;
    degrees_of_freedom := 0;
    FOR i IN 1..size LOOP
        variances[i] := covariances[(i - 1) * size + i];
    END LOOP;
    FOR i IN 1..size LOOP
        pivot := covariances[(i - 1) * size + i];
        CONTINUE WHEN pivot <= 1e-10 * variances[i];
        degrees_of_freedom := degrees_of_freedom + 1;
        chi_square := chi_square + differences[i] ^ 2 / pivot;
        FOR j IN i + 1..size LOOP
            factor := covariances[(i - 1) * size + j] / pivot;
            CONTINUE WHEN factor = 0;
            differences[j] := differences[j] - factor * differences[i];
            FOR k IN j..size LOOP
                covariances[(j - 1) * size + k] := covariances[(j - 1) * size + k] - factor * covariances[(i - 1) * size + k];
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION squared_distance IS 'Differences'' squared Mahalanobis distance from 0 and the rank of their covariances, which are given row by row; only what is on or above the diagonal is read';

-- Postgres takes the sizes of all joins of arrays for the worst: compiling and spreading it took longer than the work.
CREATE FUNCTION log_rank(
    durations integer[], event_counts bigint[], censored_counts bigint[], groups text[],
    OUT chi_square double precision, OUT degrees_of_freedom integer, OUT p double precision
)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    differences double precision[];
    covariances double precision[];
BEGIN
    PERFORM require_observations(durations, event_counts, censored_counts);
    IF coalesce(cardinality(groups), 0) <> coalesce(cardinality(durations), 0) OR array_position(groups, NULL) IS NOT NULL THEN
        RAISE data_exception USING MESSAGE = 'groups must be of the length of durations, without nulls';
    END IF;
    WITH observations AS (
        SELECT dense_rank() OVER (ORDER BY label) AS member, day, event, other
        FROM unnest(durations, event_counts, censored_counts, groups) AS given (day, event, other, label)
    ), grid AS (
        SELECT day, member, coalesce(event, 0) AS events, coalesce(leaving, 0) AS leaving
        FROM (SELECT DISTINCT day FROM observations) AS days
        CROSS JOIN (SELECT DISTINCT member FROM observations) AS members
        LEFT JOIN (
            SELECT day, member, sum(event)::double precision AS event, sum(event + other)::double precision AS leaving
            FROM observations GROUP BY day, member
        ) AS sums USING (day, member)
    ), risk_sets AS (
        SELECT
            *,
            sum(events) OVER (PARTITION BY day) AS all_events,
            sum(at_risk) OVER (PARTITION BY day) AS all_at_risk
        FROM (SELECT *, sum(leaving) OVER (PARTITION BY member ORDER BY day DESC) AS at_risk FROM grid) AS sums
    ), shares AS MATERIALIZED (
        SELECT
            day,
            member,
            events - all_events * at_risk / all_at_risk AS difference,
            at_risk / all_at_risk AS share,
            -- Of the last customer at risk nothing is left to chance.
            coalesce(all_events * (all_at_risk - all_events) / nullif(all_at_risk - 1, 0), 0) AS variance
        FROM risk_sets
        WHERE all_events > 0
    ), products AS (
        SELECT one.member AS row, other.member AS col, sum(one.variance * one.share * other.share) AS product
        FROM shares AS one
        JOIN shares AS other ON other.day = one.day AND other.member >= one.member
        WHERE one.share > 0 AND other.share > 0
        GROUP BY 1, 2
    ), sums AS (
        SELECT member, sum(difference) AS difference, sum(variance * share) AS variance FROM shares GROUP BY member
    )
    SELECT
        (SELECT array_agg(difference ORDER BY member) FROM sums),
        (
            SELECT array_agg(
                CASE WHEN one.member = other.member THEN one.variance ELSE 0 END - coalesce(product, 0)
                ORDER BY one.member, other.member
            )
            FROM sums AS one
            CROSS JOIN sums AS other
            LEFT JOIN products ON row = one.member AND col = other.member
        )
    INTO differences, covariances;
    SELECT * INTO chi_square, degrees_of_freedom FROM squared_distance(differences, covariances);
    p := chi_square_survival(chi_square, degrees_of_freedom);
END
$$;

COMMENT ON FUNCTION log_rank(integer[], bigint[], bigint[], text[]) IS 'Log-rank test that groups have one survival curve: event_counts[i] events and censored_counts[i] censored at durations[i] in groups[i]. Degrees of freedom: one less than the groups that are comparable; p is null where there are none';

CREATE FUNCTION log_rank(
    durations integer[], is_event boolean[], groups text[],
    OUT chi_square double precision, OUT degrees_of_freedom integer, OUT p double precision
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT test.*
    FROM (
        SELECT array_agg(event::integer::bigint ORDER BY place) AS events, array_agg(1 - event::integer::bigint ORDER BY place) AS others
        FROM unnest(is_event) WITH ORDINALITY AS observations (event, place)
    ) AS counts
    CROSS JOIN LATERAL log_rank(durations, counts.events, counts.others, groups) AS test
$$;

COMMENT ON FUNCTION log_rank(integer[], boolean[], text[]) IS 'Log-rank test of single observations: durations[i], of groups[i], ended with the event, or was censored';

CREATE FUNCTION survival(silence_days integer, first_from timestamptz DEFAULT NULL, first_to timestamptz DEFAULT NULL)
RETURNS TABLE (
    at_days integer, at_risk bigint, events bigint, censored bigint,
    survival double precision, std_error double precision, lower double precision, upper double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT curve.*
    FROM (
        SELECT array_agg(duration_days) AS durations, array_agg(silent) AS events, array_agg(others) AS others
        FROM (
            SELECT duration_days, count(*) FILTER (WHERE silent) AS silent, count(*) FILTER (WHERE NOT silent) AS others
            FROM first_silences(silence_days)
            WHERE (first_from IS NULL OR first_purchase >= first_from) AND (first_to IS NULL OR first_purchase < first_to)
            GROUP BY duration_days
        ) AS days
    ) AS observed
    CROSS JOIN LATERAL kaplan_meier(observed.durations, observed.events, observed.others) AS curve
$$;

COMMENT ON FUNCTION survival IS 'Kaplan-Meier curve of customers until their first silence of so many days, at stream time; of those whose first order was placed from first_from until before first_to';

CREATE FUNCTION survival_by_cohort(silence_days integer)
RETURNS TABLE (
    cohort date, at_days integer, at_risk bigint, events bigint, censored bigint,
    survival double precision, std_error double precision, lower double precision, upper double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT observed.cohort, curve.*
    FROM (
        SELECT cohort, array_agg(duration_days) AS durations, array_agg(silent) AS events, array_agg(others) AS others
        FROM (
            SELECT
                cohort, duration_days,
                count(*) FILTER (WHERE silent) AS silent, count(*) FILTER (WHERE NOT silent) AS others
            FROM first_silences(silence_days)
            GROUP BY cohort, duration_days
        ) AS days
        GROUP BY cohort
    ) AS observed
    CROSS JOIN LATERAL kaplan_meier(observed.durations, observed.events, observed.others) AS curve
    ORDER BY 1, 2
$$;

COMMENT ON FUNCTION survival_by_cohort IS 'The curves of survival() for each cohort: the month of the first order, where the shop''s days begin';

CREATE FUNCTION log_rank(
    silence_days integer, OUT chi_square double precision, OUT degrees_of_freedom integer, OUT p double precision
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT test.*
    FROM (
        SELECT
            array_agg(duration_days) AS durations, array_agg(silent) AS events, array_agg(others) AS others,
            array_agg(cohort::text) AS cohorts
        FROM (
            SELECT
                cohort, duration_days,
                count(*) FILTER (WHERE silent) AS silent, count(*) FILTER (WHERE NOT silent) AS others
            FROM first_silences(silence_days)
            GROUP BY cohort, duration_days
        ) AS days
    ) AS observed
    CROSS JOIN LATERAL log_rank(observed.durations, observed.events, observed.others, observed.cohorts) AS test
$$;

COMMENT ON FUNCTION log_rank(integer) IS 'Log-rank test that all cohorts of survival_by_cohort() have one curve';
