"""What can happen to an order."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.crash.scene import Scene, Sql
from tests.crash.shop import Order

STATUSES = ("pending", "paid", "shipped", "refunded", "cancelled")


def order(scene: Scene) -> list[Sql]:
    """An order, in one of the statuses."""
    return _place(scene, currency="EUR", placed_at=scene.now())


def late_order(scene: Scene) -> list[Sql]:
    """An order that comes to light weeks after it was placed."""
    return _place(scene, currency="EUR", placed_at=scene.since - timedelta(days=60) * scene.dice.random())


def negative_order(scene: Scene) -> list[Sql]:
    """A credit note, kept as an order with a negative total."""
    return _place(scene, currency="EUR", placed_at=scene.now(), sign=-1)


def dollar_order(scene: Scene) -> list[Sql]:
    """An order in a currency with a rate."""
    return _place(scene, currency="USD", placed_at=scene.now())


def unrated_order(scene: Scene) -> list[Sql]:
    """An order in a currency without a rate: it is a reject."""
    return _place(scene, currency="JPY", placed_at=scene.now())


def nobodys_order(scene: Scene) -> list[Sql]:
    """An order without a customer: it is ignored."""
    return [_insert(scene, Order(scene.shop.new_id(), None, scene.amount()), scene.now())]


def rated(scene: Scene) -> list[Sql]:
    """An order whose currency was wrong is corrected, and counts from then on."""
    found = scene.order(lambda order: order.currency == "JPY")
    if found is None:
        return []
    scene.shop.put(replace(found, currency="EUR"))
    return [Sql("UPDATE orders SET currency = 'EUR' WHERE id = %s", (found.id,))]


def status(scene: Scene) -> list[Sql]:
    """An order takes another status: any, so also back."""
    found = scene.order()
    if found is None:
        return []
    new = scene.dice.choice([status for status in STATUSES if status != found.status])
    scene.shop.put(replace(found, status=new))
    return [Sql("UPDATE orders SET status = %s WHERE id = %s", (new, found.id))]


def partial_refund(scene: Scene) -> list[Sql]:
    """A part of an order's total is given back, as its row says."""
    found = scene.order(lambda order: order.total > 0)
    if found is None:
        return []
    return [Sql("UPDATE orders SET refunded = %s WHERE id = %s", (scene.amount(most=found.total), found.id))]


def order_delete(scene: Scene) -> list[Sql]:
    """An order is deleted; refunds of it may stay behind."""
    found = scene.order()
    if found is None:
        return []
    del scene.shop.orders[found.id]
    return [Sql("DELETE FROM orders WHERE id = %s", (found.id,))]


def move(scene: Scene) -> list[Sql]:
    """An order goes over to another customer."""
    found, target = scene.order(lambda order: order.customer_id is not None), scene.customer(room=1)
    if found is None or target is None:
        return []
    scene.shop.put(replace(found, customer_id=target))
    return [Sql("UPDATE orders SET customer_id = %s WHERE id = %s", (target, found.id))]


def order_id_change(scene: Scene) -> list[Sql]:
    """An order gets another primary key; its refunds follow, or are left without an order."""
    found, new = scene.order(), scene.shop.new_id()
    if found is None or (found.customer_id is not None and not scene.shop.has_room(found.customer_id, 1)):
        return []
    del scene.shop.orders[found.id]
    scene.shop.put(replace(found, id=new))
    statements = [Sql("UPDATE orders SET id = %s WHERE id = %s", (new, found.id))]
    refunds = [id_ for id_, order_id in scene.shop.refunds.items() if order_id == found.id]
    if refunds and scene.dice.random() < 0.8:
        scene.shop.refunds.update(dict.fromkeys(refunds, new))
        statements.append(Sql("UPDATE refunds SET order_id = %s WHERE order_id = %s", (new, found.id)))
    return statements


def _place(scene: Scene, *, currency: str, placed_at: datetime, sign: int = 1) -> list[Sql]:
    buyer = scene.customer(room=1)
    if buyer is None:
        return []
    new = Order(scene.shop.new_id(), buyer, sign * scene.amount(), scene.dice.choice(STATUSES[:4]), currency)
    return [_insert(scene, new, placed_at)]


def _insert(scene: Scene, new: Order, placed_at: datetime) -> Sql:
    scene.shop.put(new)
    columns = "id, customer_id, status, total, currency, placed_at"
    row = (new.id, new.customer_id, new.status, new.total, new.currency, placed_at)
    return Sql(f"INSERT INTO orders ({columns}) VALUES (%s, %s, %s, %s, %s, %s)", row)
