"""The reason of a withdrawal follows from what has become of the orders."""

import pytest

from tests.e2e.refund_storm import differences, reason


@pytest.mark.parametrize(
    ("crossed", "counted", "expected"),
    [
        (set(), {"7/1"}, "order-gone"),
        (set(), {"7/1", "7/2"}, "earlier-order"),
        ({"7/2"}, {"7/1", "7/2"}, "history-changed"),
    ],
)
def test_a_reason_follows_from_the_orders(crossed, counted, expected):
    assert reason("7/2", crossed, counted) == expected


def test_a_withdrawal_that_is_missing_wrong_or_too_much_is_said():
    assert list(differences({"a": "order-gone"}, {"a": "order-gone"})) == []
    found = {"a": "order-gone", "b": "earlier-order"}
    assert list(differences(found, {"a": "erasure", "c": "order-gone"})) == [
        "storm: a is withdrawn for order-gone, expected erasure",
        "storm: b is withdrawn for earlier-order, expected None",
        "storm: c is withdrawn for None, expected order-gone",
    ]
