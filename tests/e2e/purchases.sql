-- The simulated shop's counted orders: whose, when, worth what, and whether they are orders or only worth something.
SELECT customer_id::text AS customer_id, id::text AS order_id, placed_at, total - refunded AS value, true AS is_order
FROM orders
WHERE status IN ('paid', 'shipped', 'refunded')
