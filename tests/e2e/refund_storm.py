"""Hundreds of orders cancelled or refunded at once: the right alerts are withdrawn, for the right reasons."""

from collections import Counter
from collections.abc import Iterator, Set
from itertools import cycle

import psycopg

from tests.e2e import compare
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
TO_COME = ("order-gone", "history-changed")
COUNTED = "SELECT customer_id || '/' || order_id FROM purchases WHERE is_order"


def play(scene: Scene) -> tuple[dict[str, int], list[str]]:
    """Let it come over whoever is at risk; return how often each reason is due, and what is wrong."""
    before = compare.alert_history(scene.endpoints).standing()
    at_risk = [body for _, body in sorted(before.items()) if body["status"] == "open"][:ALERTS_MAX]
    with psycopg.connect(scene.endpoints.shop_dsn) as shop:
        for edit, body in zip(cycle(EDITS), at_risk, strict=False):
            shop.execute(edit, {"id": body["latest_order_id"], "customer_id": body["customer_id"]})
        shop.execute(AN_HOUR_LATER)
    wrong = scene.settle()
    expected = reasons(scene, before.keys())
    withdrawn = compare.alert_history(scene.endpoints).withdrawn()
    wrong += differences({id_: withdrawn[id_] for id_ in withdrawn.keys() & before.keys()}, expected)
    found = Counter(expected.values())
    wrong += [f"storm: nothing is withdrawn for {name}" for name in TO_COME if not found[name]]
    return dict(found), wrong


def reasons(scene: Scene, alerts: Set[str]) -> dict[str, str]:
    """Return why alerts stand no more, by the shop's tables."""
    implied = compare.implied_alerts(scene.endpoints, scene.rules)
    crossed = compare.implied_alerts(scene.endpoints, scene.rules, now="infinity", since="-infinity")
    with compare.shop_with(compare.PURCHASES, scene.endpoints) as shop:
        counted = {id_ for (id_,) in shop.execute(COUNTED)}
    return {id_: reason(id_, crossed.keys(), counted) for id_ in alerts - implied.keys()}


def reason(alert_id: str, crossed: Set[str], counted: Set[str]) -> str:
    """Return why an alert that was told stands no more.

    `crossed`: silences that are crossed at any time before the next order; `counted`: those there are.
    """
    if alert_id not in counted:
        return "order-gone"
    return "history-changed" if alert_id in crossed else "earlier-order"


def differences(found: dict[str, str], expected: dict[str, str]) -> Iterator[str]:
    """Yield a line for each alert that is withdrawn for another reason, or wrongly, or not at all."""
    for id_ in sorted(found.keys() | expected.keys()):
        if found.get(id_) != expected.get(id_):
            yield f"storm: {id_} is withdrawn for {found.get(id_)}, expected {expected.get(id_)}"
