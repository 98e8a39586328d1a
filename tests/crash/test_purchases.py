"""The oracle itself, on orders small enough to reckon by hand."""

from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.stack

HERE = Path(__file__).parent
AT = "2024-03-01T00:00:00Z"


@pytest.fixture
def shop(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as shop:
        shop.execute((HERE / "shop.sql").read_text())
        shop.execute("SET search_path = crash")
        yield shop


def insert(shop, table, *rows):
    for row in rows:
        shop.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)


def purchases(shop):
    """Return {order: (account, value, whether it is an order)}."""
    rows = shop.execute((HERE / "purchases.sql").read_text()).fetchall()
    return {int(row[1]): (row[0], row[3], row[4]) for row in rows}


def test_an_order_counts_for_whom_up_to_three_merges_lead_to(shop):
    insert(shop, "customers", ("a", AT, None), ("b", AT, "a"), ("c", AT, "b"), ("d", AT, "c"), ("e", AT, "d"))
    orders = [(i, customer, "paid", 10, 0, "EUR", AT) for i, customer in enumerate("abcde")]
    insert(shop, "orders", *orders, (9, None, "paid", 10, 0, "EUR", AT))
    accounts = {id_: account for id_, (account, *_) in purchases(shop).items()}
    assert accounts == {0: "a", 1: "a", 2: "a", 3: "a", 4: "b"}


def test_a_value_is_each_amount_at_its_rate_rounded_to_the_cent_half_away_from_zero(shop):
    insert(shop, "customers", ("a", AT, None))
    insert(
        shop,
        "orders",
        (1, "a", "paid", "10.00", "0.20", "USD", AT),  # 9.25 - 0.185
        (2, "a", "shipped", "-0.20", 0, "USD", AT),  # -0.185
        (3, "a", "paid", "5.00", 0, "JPY", AT),
        (4, "a", "refunded", "5.00", "5.00", "EUR", AT),
        (5, "a", "cancelled", "5.00", 0, "EUR", AT),
    )
    insert(shop, "refunds", (1, 1, "0.20", "success"), (2, 1, "0.20", "success"), (3, 1, "7.00", "failed"))
    insert(shop, "refunds", (4, 77, "1.00", "success"))
    assert purchases(shop) == {
        1: ("a", Decimal("9.25") - 3 * Decimal("0.19"), True),
        2: ("a", Decimal("-0.19"), False),
        4: ("a", Decimal("0.00"), True),
    }
