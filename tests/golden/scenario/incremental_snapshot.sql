-- A table is read anew while the shop goes on.
UPDATE orders SET status = 'paid' WHERE id = 102;
INSERT INTO cdc.signal (id, type, data)
    VALUES ('read-orders', 'execute-snapshot', '{"data-collections": ["public.orders"], "type": "incremental"}');

DO $$
BEGIN
    FOR attempt IN 1..600 LOOP
        IF EXISTS (SELECT FROM cdc.signal WHERE type = 'snapshot-window-close') THEN
            RETURN;
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
    RAISE 'the connector has read no chunk';
END $$;

UPDATE orders SET status = 'shipped' WHERE id = 102;
