"""What can happen to a refund that has a row of its own."""

from decimal import Decimal

from tests.crash.scene import Scene, Sql

STATUSES = ("success", "pending", "failed")


def refund(scene: Scene) -> list[Sql]:
    """A new one."""
    found = scene.order(lambda order: order.currency != "JPY")
    if found is None:
        return []
    id_ = scene.shop.new_id()
    scene.shop.refunds[id_] = found.id
    row = (id_, found.id, scene.amount(most=abs(found.total)), scene.dice.choice(STATUSES))
    return [Sql("INSERT INTO refunds (id, order_id, amount, status) VALUES (%s, %s, %s, %s)", row)]


def refund_change(scene: Scene) -> list[Sql]:
    """A refund takes another status, another amount, or belongs to another order."""
    id_ = scene.refund()
    if id_ is None:
        return []
    column = scene.dice.choice(("status", "amount", "order_id"))
    if column == "status":
        value = scene.dice.choice(STATUSES)
    elif column == "amount":
        value = scene.amount(most=Decimal(50))
    else:
        found = scene.order(lambda order: order.currency != "JPY")
        if found is None:
            return []
        value = scene.shop.refunds[id_] = found.id
    return [Sql(f"UPDATE refunds SET {column} = %s WHERE id = %s", (value, id_))]


def refund_delete(scene: Scene) -> list[Sql]:
    """A refund is taken back."""
    id_ = scene.refund()
    if id_ is None:
        return []
    del scene.shop.refunds[id_]
    return [Sql("DELETE FROM refunds WHERE id = %s", (id_,))]
