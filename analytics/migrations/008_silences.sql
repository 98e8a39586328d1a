-- The silences that survival is asked about. "The first silence of N days" has an answer for every N, and only a silence
-- longer than all before it can be one: a customer with four orders has two or three of these. So whatever N is, one line
-- a customer answers, and no history is sorted when somebody asks.
--
-- Derived from purchases by the triggers below in the transaction that changes them, so that the two never disagree. Columns
-- of fixed width come first: each query reads all lines, and finds them there without unpacking what stands before.
CREATE TABLE silences (
    first_purchase timestamptz NOT NULL,
    silent_since   timestamptz NOT NULL,
    cohort         date NOT NULL,
    age_days       integer NOT NULL,
    from_days      integer NOT NULL,
    to_days        integer,
    customer_id    text NOT NULL,
    PRIMARY KEY (customer_id, from_days)
) WITH (fillfactor = 90);

-- Durations are of instants that hardly any two customers share, so Postgres would expect as many durations as customers, and
-- not count them in parallel. They are whole days: as few as age_days.
ALTER TABLE silences
    ALTER COLUMN first_purchase SET (n_distinct = 1),
    ALTER COLUMN silent_since SET (n_distinct = 1);

COMMENT ON TABLE silences IS 'Each customer''s silences that were longer than all before; the last one goes on. Kept by triggers on purchases, not by the flow';
COMMENT ON COLUMN silences.first_purchase IS 'When the customer''s first order was placed';
COMMENT ON COLUMN silences.silent_since IS 'The order that the silence follows';
COMMENT ON COLUMN silences.cohort IS 'First day of the month of first_purchase, where the shop''s days begin (shop.time_zone; UTC before that is known)';
COMMENT ON COLUMN silences.age_days IS 'Whole days of 24 hours from first_purchase to silent_since';
COMMENT ON COLUMN silences.from_days IS 'It is the customer''s first silence of N days for N from from_days to to_days';
COMMENT ON COLUMN silences.to_days IS 'Whole days of 24 hours to the next order; null: there is none, so it may become the first silence of any N from from_days on';
COMMENT ON COLUMN silences.customer_id IS 'The customer''s id in the shop';

CREATE FUNCTION derive_silences(customer_ids text[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    WITH changed AS (
        SELECT unnest(customer_ids) AS customer_id
    ), gaps AS (
        SELECT
            customer_id,
            placed_at,
            first_value(placed_at) OVER orders AS first_purchase,
            -- A difference of two instants has days of 24 hours, whatever the session's time zone.
            date_part('day', lead(placed_at) OVER orders - placed_at)::integer AS to_days
        FROM changed JOIN purchases USING (customer_id)
        WHERE is_order
        WINDOW orders AS (PARTITION BY customer_id ORDER BY placed_at)
    ), longest AS (
        SELECT
            *,
            1 + coalesce(max(to_days) OVER (
                PARTITION BY customer_id ORDER BY placed_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS from_days
        FROM gaps
    ), due AS MATERIALIZED (
        SELECT
            customer_id,
            from_days,
            to_days,
            first_purchase,
            placed_at AS silent_since,
            date_part('day', placed_at - first_purchase)::integer AS age_days,
            date_trunc('month', first_purchase AT TIME ZONE coalesce((SELECT time_zone FROM shop), 'UTC'))::date AS cohort
        FROM longest
        WHERE to_days IS NULL OR to_days >= from_days
    ), known AS MATERIALIZED (
        SELECT silences.* FROM changed JOIN silences USING (customer_id)
    ), gone AS (
        DELETE FROM silences USING known LEFT JOIN due USING (customer_id, from_days)
        WHERE due.customer_id IS NULL
            AND silences.customer_id = known.customer_id AND silences.from_days = known.from_days
    )
    INSERT INTO silences (customer_id, from_days, to_days, first_purchase, silent_since, age_days, cohort)
    SELECT due.*
    FROM due LEFT JOIN known USING (customer_id, from_days)
    WHERE (due.to_days, due.first_purchase, due.silent_since, due.cohort)
        IS DISTINCT FROM (known.to_days, known.first_purchase, known.silent_since, known.cohort)
    ORDER BY due.customer_id, due.from_days
    ON CONFLICT (customer_id, from_days) DO UPDATE SET
        to_days = excluded.to_days, first_purchase = excluded.first_purchase, silent_since = excluded.silent_since,
        age_days = excluded.age_days, cohort = excluded.cohort;
END
$$;

COMMENT ON FUNCTION derive_silences IS 'Write the lines of silences that follow from the purchases of these customers; use renew_silences';

-- Another transaction may be changing the same customers. Whoever comes second waits at the lines with from_days 1, which
-- every customer has, and then reads, in a statement of its own, what the first has left. A new customer has no such line to
-- wait at before it is written, so it is read again after that.
CREATE FUNCTION renew_silences(customer_ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    new_ids text[];
BEGIN
    WITH known AS (
        SELECT customer_id
        FROM unnest(customer_ids) AS changed (customer_id)
        JOIN silences USING (customer_id)
        WHERE from_days = 1
        ORDER BY customer_id
        FOR UPDATE OF silences
    )
    SELECT array_agg(customer_id) INTO new_ids
    FROM (SELECT unnest(customer_ids) EXCEPT SELECT customer_id FROM known) AS others (customer_id);
    PERFORM derive_silences(customer_ids);
    IF new_ids IS NOT NULL THEN
        PERFORM derive_silences(new_ids);
    END IF;
END
$$;

COMMENT ON FUNCTION renew_silences IS 'Make silences agree with the purchases of these customers, also while others change them';

CREATE FUNCTION silences_follow_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM renew_silences(array_agg(DISTINCT customer_id)) FROM changed WHERE is_order HAVING count(*) > 0;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION silences_follow_lines IS 'Keeps silences up to date when lines of purchases are inserted or deleted';

-- Most updates change what an order is worth, or the execution of the line, and no instant.
CREATE FUNCTION silences_follow_updates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM renew_silences(array_agg(DISTINCT customer_id))
    FROM (
        SELECT customer_id
        FROM (
            SELECT customer_id, line, placed_at, is_order FROM before
            UNION ALL SELECT customer_id, line, placed_at, is_order FROM changed
        ) AS lines
        GROUP BY customer_id, line, placed_at, is_order
        HAVING count(*) = 1
    ) AS moved
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION silences_follow_updates IS 'Keeps silences up to date when lines of purchases are updated';

CREATE FUNCTION silences_follow_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE silences;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION silences_follow_truncation IS 'Empties silences when purchases is emptied';

CREATE TRIGGER silences_insert AFTER INSERT ON purchases
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION silences_follow_lines();
CREATE TRIGGER silences_delete AFTER DELETE ON purchases
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION silences_follow_lines();
CREATE TRIGGER silences_update AFTER UPDATE ON purchases
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION silences_follow_updates();
CREATE TRIGGER silences_truncate AFTER TRUNCATE ON purchases
    FOR EACH STATEMENT EXECUTE FUNCTION silences_follow_truncation();

CREATE FUNCTION cohorts_follow_the_shop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE silences SET cohort = moved.cohort
    FROM (
        SELECT
            customer_id, from_days,
            date_trunc('month', first_purchase AT TIME ZONE new.time_zone)::date AS cohort
        FROM silences
    ) AS moved
    WHERE silences.customer_id = moved.customer_id AND silences.from_days = moved.from_days
        AND silences.cohort <> moved.cohort;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION cohorts_follow_the_shop IS 'Moves customers to other cohorts when the shop''s time zone becomes known or changes';

CREATE TRIGGER shop_known AFTER INSERT ON shop FOR EACH ROW EXECUTE FUNCTION cohorts_follow_the_shop();
CREATE TRIGGER shop_moved AFTER UPDATE ON shop
    FOR EACH ROW WHEN (old.time_zone <> new.time_zone) EXECUTE FUNCTION cohorts_follow_the_shop();

CREATE FUNCTION first_silences(silence_days integer)
RETURNS TABLE (customer_id text, first_purchase timestamptz, cohort date, duration_days integer, silent boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        customer_id,
        first_purchase,
        cohort,
        CASE
            WHEN silent_since <= (SELECT now - make_interval(hours => 24 * silence_days) FROM stream_time)
                THEN age_days + silence_days
            ELSE date_part('day', (SELECT now FROM stream_time) - first_purchase)::integer
        END,
        silent_since <= (SELECT now - make_interval(hours => 24 * silence_days) FROM stream_time)
    FROM silences
    WHERE from_days <= silence_days
        AND (to_days >= silence_days OR to_days IS NULL)
        -- Orders may lie ahead of stream time. One that is not the first changes nothing that has been declared by now.
        AND first_purchase <= (SELECT now FROM stream_time)
$$;

COMMENT ON FUNCTION first_silences IS 'Every customer''s time from the first order to the first silence of so many days, at stream time: duration_days is to the day it became so many days long if silent, to stream time (censored) if not';
