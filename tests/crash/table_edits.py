"""What can happen to many rows at once, and to the table itself."""

from dataclasses import replace

from tests.crash.order_edits import STATUSES
from tests.crash.scene import Scene, Sql
from tests.crash.shop import Order


def copy(scene: Scene) -> list[Sql]:
    """Many orders at once, of few LSNs; at times all placed at one instant."""
    rows = []
    instant = scene.now()
    is_instant = scene.dice.random() < 0.3
    for _ in range(scene.dice.randint(20, 100)):
        buyer = scene.customer(room=1)
        if buyer is not None:
            new = Order(scene.shop.new_id(), buyer, scene.amount(), scene.dice.choice(STATUSES))
            scene.shop.put(new)
            placed_at = instant if is_instant else scene.now()
            rows.append((new.id, buyer, new.status, new.total, new.currency, placed_at))
    columns = "id, customer_id, status, total, currency, placed_at"
    return [Sql(f"COPY orders ({columns}) FROM STDIN", rows=tuple(rows))] if rows else []


def many_rows(scene: Scene) -> list[Sql]:
    """One statement changes all orders of a customer: their status, or whose they are."""
    shop, id_ = scene.shop, scene.customer()
    orders = [] if id_ is None else shop.orders_of(id_)
    if len(orders) < 2:
        return []
    target = scene.customer(room=len(orders))
    if target is not None and scene.dice.random() < 0.5:
        for order in orders:
            shop.put(replace(order, customer_id=target))
        return [Sql("UPDATE orders SET customer_id = %s WHERE customer_id = %s", (target, id_))]
    new = scene.dice.choice(STATUSES)
    for order in orders:
        shop.put(replace(order, status=new))
    return [Sql("UPDATE orders SET status = %s WHERE customer_id = %s", (new, id_))]


def schema(scene: Scene) -> list[Sql]:
    """The orders table itself changes: a column comes, is filled, goes, or becomes wider."""
    columns = scene.shop.columns
    change = scene.dice.choice(("note", "wide"))
    columns ^= {change}
    if change == "wide":
        digits = 14 if "wide" in columns else 12
        return [Sql(f"ALTER TABLE orders ALTER COLUMN total TYPE numeric({digits}, 2)")]
    if "note" not in columns:
        return [Sql("ALTER TABLE orders DROP COLUMN note")]
    fill = Sql("UPDATE orders SET note = 'kept' WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 5)")
    return [Sql("ALTER TABLE orders ADD COLUMN note text DEFAULT 'none'"), fill]
