-- The same rows once more, as changes: the connector reads them in another way than the snapshot does.
UPDATE orders SET currency = 'USD' WHERE id > 200;
UPDATE typed_orders SET customer_id = 2 WHERE customer_id IS NULL;
