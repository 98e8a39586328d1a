-- The crash shop's counted orders: whose account, when, worth what in the main currency, and whether they are orders or
-- only worth something. An account is where up to three merges lead from the customer; an order without a customer, or
-- in a currency without a rate, is nobody's or nothing.
WITH RECURSIVE hop (customer_id, account_id, hops) AS (
    SELECT id, id, 0 FROM crash.customers
    UNION ALL
    SELECT hop.customer_id, customers.merged_into, hop.hops + 1
    FROM hop
    JOIN crash.customers ON customers.id = hop.account_id
    WHERE customers.merged_into IS NOT NULL AND hop.hops < 3
), account AS (
    SELECT DISTINCT ON (customer_id) customer_id, account_id FROM hop ORDER BY customer_id, hops DESC
), refund AS (
    SELECT order_id, array_agg(amount) AS amounts FROM crash.refunds WHERE status = 'success' GROUP BY order_id
), rate (currency, rate) AS (
    VALUES ('EUR', 1.0), ('USD', 0.925)
)
SELECT account.account_id AS customer_id, orders.id::text AS order_id, orders.placed_at,
       round(orders.total * rate, 2) - round(orders.refunded * rate, 2)
           - coalesce((SELECT sum(round(amount * rate, 2)) FROM unnest(refund.amounts) AS amount), 0) AS value,
       orders.total >= 0 AS is_order
FROM crash.orders
JOIN account USING (customer_id)
JOIN rate USING (currency)
LEFT JOIN refund ON refund.order_id = orders.id
WHERE orders.status IN ('paid', 'shipped', 'refunded')
