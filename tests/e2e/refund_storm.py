"""Hundreds of orders cancelled or refunded at once: the right alerts are withdrawn, for the right reasons."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import cycle
from typing import NamedTuple

import psycopg

from tests.e2e import compare
from tests.e2e.alert_history import Body
from tests.e2e.change_log import COUNTED
from tests.e2e.scene import Scene

ALERTS_MAX = 300
EDITS = (
    "UPDATE orders SET status = 'cancelled' WHERE id = %(id)s",
    "UPDATE orders SET status = 'refunded', refunded = total WHERE id = %(id)s",
    # The order before it:
    """
    UPDATE orders SET status = 'cancelled' WHERE id = (
        SELECT id FROM orders
        WHERE customer_id = %(customer_id)s AND id <> %(id)s AND status IN ('paid', 'shipped', 'refunded')
        ORDER BY placed_at DESC LIMIT 1)
    """,
)
AN_HOUR_LATER = "UPDATE truth.clock SET shop_time = shop_time + interval '1 hour'"
TO_COME = ("order-not-counted", "history-changed")
ORDERS = "SELECT id::text, customer_id::text, placed_at, status FROM orders"


class Order(NamedTuple):
    """An order as it stands in the shop."""

    id: str
    customer_id: str
    placed_at: datetime
    status: str


def play(scene: Scene) -> tuple[dict[str, int], list[str]]:
    """Let it come over whoever is at risk; return how often each reason is due, and what is wrong."""
    before = compare.alert_history(scene.endpoints).standing()
    at_risk = [body for _, body in sorted(before.items()) if body["status"] == "open"][:ALERTS_MAX]
    with psycopg.connect(scene.endpoints.shop_dsn) as shop:
        for edit, body in zip(cycle(EDITS), at_risk, strict=False):
            shop.execute(edit, {"id": body["latest_order_id"], "customer_id": body["customer_id"]})
        shop.execute(AN_HOUR_LATER)
        orders = [Order(*row) for row in shop.execute(ORDERS)]
    wrong = scene.settle()
    expected = due(before, compare.implied_alerts(scene.endpoints, scene.rules), orders)
    withdrawn = compare.alert_history(scene.endpoints).withdrawn()
    reasons = Counter(expected.values())
    wrong += differences({id_: withdrawn[id_] for id_ in withdrawn.keys() & before.keys()}, expected)
    wrong += [f"storm: nothing is withdrawn for {name}" for name in TO_COME if not reasons[name]]
    return dict(reasons), wrong


def due(before: dict[str, Body], implied: Collection[str], orders: list[Order]) -> dict[str, str]:
    """Return the reasons of the withdrawals that are due, by alert: of those that are implied no more."""
    return {id_: reason(body, orders) for id_, body in before.items() if id_ not in implied}


def reason(body: Body, orders: list[Order]) -> str:
    """Return why an alert that has been told is one no more."""
    mine = {order.id: order for order in orders if order.customer_id == body["customer_id"]}
    latest = mine.get(body["latest_order_id"])
    if latest is None:
        return "order-gone"
    if latest.status not in COUNTED:
        return "order-not-counted"
    raised_at = datetime.fromisoformat(body["raised_at"])
    is_ended_first = any(
        order.status in COUNTED
        and (latest.placed_at, latest.id) < (order.placed_at, order.id)
        and order.placed_at <= raised_at
        for order in mine.values()
    )
    return "earlier-order" if is_ended_first else "history-changed"


def differences(found: dict[str, str], expected: dict[str, str]) -> Iterator[str]:
    """Yield a line for each alert that is withdrawn for another reason, or wrongly, or not at all."""
    for id_ in sorted(found.keys() | expected.keys()):
        if found.get(id_) != expected.get(id_):
            yield f"storm: {id_} is withdrawn for {found.get(id_)}, expected {expected.get(id_)}"
