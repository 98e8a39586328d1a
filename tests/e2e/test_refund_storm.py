"""The reason of a withdrawal follows from what has become of the orders."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.refund_storm import Order, differences, due, reason

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
BODY = {"customer_id": "7", "latest_order_id": "2", "raised_at": "2026-04-01T00:00:00Z"}


def order(id_, day, customer_id="7", status="paid"):
    return Order(id_, customer_id, DAY_0 + timedelta(days=day), status)


FIRST, LATEST = order("1", -50), order("2", 0)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([FIRST], "order-gone"),
        ([FIRST, LATEST._replace(customer_id="8"), order("3", 10)], "order-gone"),
        ([FIRST, LATEST._replace(status="cancelled"), order("3", 10)], "order-not-counted"),
        ([FIRST, LATEST, order("3", 10)], "earlier-order"),
        ([FIRST, LATEST, order("3", 0)], "earlier-order"),
        ([FIRST, LATEST, order("3", 90)], "earlier-order"),
        ([FIRST, LATEST, order("3", 91)], "history-changed"),
        ([FIRST, LATEST, order("3", 10, status="cancelled")], "history-changed"),
        ([FIRST, LATEST, order("3", 10, customer_id="8")], "history-changed"),
        ([FIRST._replace(status="cancelled"), LATEST], "history-changed"),
        ([FIRST, LATEST, order("11", 0)], "history-changed"),  # of one instant, the last by its id counts
    ],
)
def test_a_reason_follows_from_the_orders(orders, expected):
    assert reason(BODY, orders) == expected


def test_what_is_implied_no_more_is_due_and_nothing_else():
    before = {"7/2": BODY, "8/1": BODY | {"customer_id": "8", "latest_order_id": "1"}}
    assert due(before, {"8/1", "9/1"}, [FIRST]) == {"7/2": "order-gone"}


def test_a_withdrawal_that_is_missing_wrong_or_too_much_is_said():
    assert list(differences({"a": "order-gone"}, {"a": "order-gone"})) == []
    assert list(
        differences({"a": "order-gone", "b": "earlier-order"}, {"a": "erasure", "c": "order-gone"})
    ) == [
        "storm: a is withdrawn for order-gone, expected erasure",
        "storm: b is withdrawn for earlier-order, expected None",
        "storm: c is withdrawn for None, expected order-gone",
    ]
