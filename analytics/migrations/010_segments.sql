-- RFM segments: quintiles of recency, frequency and monetary value, and a name for every combination of them. View segments is in
-- 013_hours.sql.

-- A quintile ends with the value that a fifth of the customers do not exceed, so equal customers have equal scores: with
-- ntile() the one half of the customers who ordered once would have frequencies from 1 to 3, by chance.
CREATE VIEW quintiles AS
SELECT
    count(*) AS customers,
    percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY latest_purchase) AS latest_purchase,
    percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY order_count) AS order_count,
    percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY order_value) AS order_value
FROM rfm;

COMMENT ON VIEW quintiles IS 'Where the quintiles of the customers end, in one row: the greatest values of scores 1 to 4; null where there are no customers';
COMMENT ON COLUMN quintiles.customers IS 'Customers';
COMMENT ON COLUMN quintiles.latest_purchase IS 'The latest orders at which recency scores 1 to 4 end';
COMMENT ON COLUMN quintiles.order_count IS 'The counts of orders at which frequency scores 1 to 4 end';
COMMENT ON COLUMN quintiles.order_value IS 'The values of all orders less refunds at which monetary scores 1 to 4 end';

CREATE FUNCTION quintile(value anycompatible, ends anycompatiblearray) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1 + (value > ends[1])::integer + (value > ends[2])::integer + (value > ends[3])::integer + (value > ends[4])::integer
$$;

COMMENT ON FUNCTION quintile IS 'The score of a value, 1 to 5: one more than the number of ends that it exceeds';

-- The ranges in which each name is usual overlap and leave gaps. Each combination has one of the names that claim it, or of
-- its neighbours: docs/analytics.md shows both.
CREATE FUNCTION segment(recency_score integer, frequency_score integer, monetary_score integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY[
    ['Lost',           'Hibernating',          'At risk',        'Cannot lose them', 'Cannot lose them'],
    ['Hibernating',    'Hibernating',          'At risk',        'At risk',          'At risk'],
    ['About to sleep', 'About to sleep',       'Need attention', 'Loyal',            'Loyal'],
    ['Promising',      'Potential loyalists',  'Loyal',          'Champions',        'Champions'],
    ['New customers',  'Potential loyalists',  'Loyal',          'Champions',        'Champions']
])[recency_score][(frequency_score + monetary_score + 1) / 2];

COMMENT ON FUNCTION segment IS 'The name of customers with these scores, 1 to 5: by recency, and the mean of frequency and monetary value, halves up';
