"""What a preset makes of a shop's tables, said in SQL.

As in the presets and their example rows, there is one currency, no merge and no negative total.
"""

from datetime import UTC
from typing import Any

import psycopg
from psycopg import sql

from tests.shops.preset import Preset

QUERY = """
WITH placed AS (
    SELECT {id} AS id, {customer}::text AS customer_id, {placed_at} AS placed_at,
           round({total}, 2) - round({refunded}, 2) AS value
    FROM {orders}
    WHERE {status} = ANY (%(counted)s) AND {is_kept} AND {customer} IS NOT NULL
)
SELECT customer_id, count(*) AS order_count, sum(value + {adjusted})::text AS order_value,
       min(placed_at) AS first_purchase, max(placed_at) AS latest_purchase
FROM placed
JOIN {customers} AS customer ON customer.{customers_id}::text = customer_id AND {is_known}
GROUP BY customer_id
ORDER BY customer_id
"""
ADJUSTED = """
    coalesce(
        (SELECT sum({effect} round({amount}, 2)) FROM {table} WHERE {order} = placed.id AND {is_kept}), 0
    )
"""


def name(part: dict[str, Any], key: str) -> sql.Composable:
    """The identifier of a table or a column; 0 for a sum of money that is not named."""
    return sql.Identifier(*part[key].split(".")) if key in part else sql.SQL("0")


def is_kept(part: dict[str, Any]) -> sql.Composable:
    return sql.SQL("{} IS NULL").format(name(part, "deleted")) if "deleted" in part else sql.SQL("true")


def adjusted(part: dict[str, Any]) -> sql.Composable:
    return sql.SQL(ADJUSTED).format(
        effect=sql.SQL({"add": "+", "subtract": "-"}[part["effect"]]),
        is_kept=is_kept(part),
        **{key: name(part, key) for key in ("table", "order", "amount")},
    )


def rfm(connection: psycopg.Connection, preset: Preset) -> list[dict[str, Any]]:
    """The customers' rows, with timestamps without zone taken as UTC."""
    orders, customers = preset["orders"], preset["customers"]
    adjustments = [adjusted(part) for part in preset.get("adjustments", [])]
    query = sql.SQL(QUERY).format(
        orders=name(orders, "table"),
        is_kept=is_kept(orders),
        customers=name(customers, "table"),
        customers_id=name(customers, "id"),
        is_known=is_kept(customers),
        adjusted=sql.SQL(" + ").join([sql.SQL("0"), *adjustments]),
        **{key: name(orders, key) for key in ("id", "customer", "status", "placed_at", "total", "refunded")},
    )
    connection.execute("SET TIME ZONE 'UTC'")
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = cursor.execute(query, {"counted": orders["counted"]}).fetchall()
    for row in rows:
        for key in ("first_purchase", "latest_purchase"):
            row[key] = row[key].replace(tzinfo=UTC)
    return rows
