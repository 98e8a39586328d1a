-- The store by day, and its cohorts by month: sums kept by the flow, in the transactions that keep stream time. They are few
-- lines, rewritten as they change; room is left on their pages.
CREATE TABLE store_windows (
    day         date PRIMARY KEY,
    orders      bigint NOT NULL,
    revenue     numeric(24, 2) NOT NULL,
    refunds     numeric(24, 2) NOT NULL,
    new         bigint NOT NULL,
    "returning" bigint NOT NULL,
    returned_30 bigint NOT NULL,
    returned_60 bigint NOT NULL,
    reactivated bigint NOT NULL,
    lapsed_30   bigint NOT NULL,
    lapsed_60   bigint NOT NULL,
    lapsed_90   bigint NOT NULL,
    at_risk     bigint NOT NULL,
    execution   bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE store_cohorts (
    cohort       date NOT NULL,
    month        date NOT NULL,
    ordered      bigint NOT NULL,
    ordered_last bigint NOT NULL,
    execution    bigint NOT NULL,
    PRIMARY KEY (cohort, month)
) WITH (fillfactor = 50);

COMMENT ON TABLE store_windows IS 'The store by day: views store_days and store_weeks show the days that have come';
COMMENT ON TABLE store_cohorts IS 'When customers who came in the same month have ordered since';
COMMENT ON COLUMN store_cohorts.cohort IS 'The month of their first order, by its first day in the shop''s time zone';
COMMENT ON COLUMN store_cohorts.month IS 'A month in which they ordered, by its first day';
COMMENT ON COLUMN store_cohorts.ordered IS 'How many of them ordered in it';
COMMENT ON COLUMN store_cohorts.ordered_last IS 'How many have not ordered since: it is the month of their latest order';
COMMENT ON COLUMN store_cohorts.execution IS 'The start of the flow that wrote this line; an earlier one never overwrites it';

CREATE FUNCTION store_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (now AT TIME ZONE time_zone)::date FROM stream_time CROSS JOIN shop
$$;

COMMENT ON FUNCTION store_today IS 'The date of stream time in the shop''s time zone; null before the first heartbeat';

-- Days on which nothing was have no line.
CREATE VIEW store_days AS
SELECT
    day,
    day < (SELECT store_today()) AS is_complete,
    orders, revenue, refunds, new, "returning", returned_30, returned_60, reactivated, lapsed_30, lapsed_60, lapsed_90, at_risk
FROM store_windows
WHERE day <= (SELECT store_today());

CREATE VIEW store_weeks AS
SELECT
    week,
    week + 7 <= (SELECT store_today()) AS is_complete,
    sum(orders)::bigint AS orders,
    sum(revenue) AS revenue,
    sum(refunds) AS refunds,
    sum(new)::bigint AS new,
    sum("returning")::bigint AS "returning",
    sum(returned_30)::bigint AS returned_30,
    sum(returned_60)::bigint AS returned_60,
    sum(reactivated)::bigint AS reactivated,
    sum(lapsed_30)::bigint AS lapsed_30,
    sum(lapsed_60)::bigint AS lapsed_60,
    sum(lapsed_90)::bigint AS lapsed_90,
    sum(at_risk)::bigint AS at_risk
FROM (SELECT day - (extract(isodow FROM day)::integer - 1) AS week, * FROM store_days) AS days
GROUP BY week;

COMMENT ON VIEW store_days IS 'The store by day of the shop''s time zone, up to stream time; late orders, refunds and erasures correct days long past';
COMMENT ON VIEW store_weeks IS 'The same by ISO week, which begins on Monday';

DO $$
DECLARE
    said record;
    place text;
BEGIN
    FOR said IN SELECT * FROM (VALUES
        ('orders', 'Orders placed on the day'),
        ('revenue', 'What these orders are worth less refunds, in currency of table shop, whenever they were refunded'),
        ('refunds', 'What refunds that stand among the orders took back, by the day on which they were placed; refunds of an order are inside revenue'),
        ('new', 'Customers whose first order was placed on the day'),
        ('returning', 'Customers who ordered again within less than 90 days of their last order before the day'),
        ('returned_30', 'Customers who ordered again after 30 days or more'),
        ('returned_60', 'Customers who ordered again after 60 days or more'),
        ('reactivated', 'Customers who ordered again after 90 days or more'),
        ('lapsed_30', 'Customers whose silence becomes 30 days long on the day; of the day that runs also those who have until its end to order'),
        ('lapsed_60', 'Customers whose silence becomes 60 days long on the day'),
        ('lapsed_90', 'Customers whose silence becomes 90 days long on the day'),
        ('at_risk', 'Customers who become AT_RISK on the day: P(alive), by the version of the model then in force, falls to the threshold before they lapse')
    ) AS columns (name, comment)
    LOOP
        FOREACH place IN ARRAY ARRAY['store_windows', 'store_days', 'store_weeks'] LOOP
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', place, said.name, CASE place
                WHEN 'store_weeks' THEN 'Summed over the week''s days: ' || said.comment ELSE said.comment END);
        END LOOP;
    END LOOP;
END $$;

COMMENT ON COLUMN store_windows.day IS 'Local date in the shop''s time zone; days ahead of stream time hold what silence will bring if nobody orders';
COMMENT ON COLUMN store_windows.execution IS 'The start of the flow that wrote this line; an earlier one never overwrites it';
COMMENT ON COLUMN store_days.day IS 'Local date in the shop''s time zone';
COMMENT ON COLUMN store_days.is_complete IS 'False of the day that runs at stream time';
COMMENT ON COLUMN store_weeks.week IS 'The week''s Monday';
COMMENT ON COLUMN store_weeks.is_complete IS 'False of the week that runs at stream time';
