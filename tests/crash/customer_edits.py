"""What can happen to a customer."""

from tests.crash.scene import Scene, Sql
from tests.crash.shop import HOPS_MAX, pick


def customer(scene: Scene) -> list[Sql]:
    """Somebody new."""
    id_ = f"customer-{scene.shop.new_id():06}"
    scene.shop.customers[id_] = None
    return [Sql("INSERT INTO customers (id, created_at) VALUES (%s, %s)", (id_, scene.now()))]


def merge(scene: Scene) -> list[Sql]:
    """A customer is merged into another, who often is merged already: a chain of three merges at most."""
    shop, source = scene.shop, scene.customer()
    chained = pick(scene.dice, (id_ for id_, into in shop.customers.items() if into is not None))
    target = chained if scene.dice.random() < 0.5 else scene.customer()
    if source is None or target is None or shop.account(target) == shop.account(source):
        return []
    if shop.customers[source] is not None or shop.hops_down(source) + 1 + shop.hops_up(target) > HOPS_MAX:
        return []
    if not shop.has_room(target, shop.account_size(source)):
        return []
    shop.merge(source, target)
    return [Sql("UPDATE customers SET merged_into = %s WHERE id = %s", (target, source))]


def unmerge(scene: Scene) -> list[Sql]:
    """A merge is taken back."""
    source = pick(scene.dice, (id_ for id_, into in scene.shop.customers.items() if into is not None))
    if source is None:
        return []
    scene.shop.customers[source] = None
    return [Sql("UPDATE customers SET merged_into = NULL WHERE id = %s", (source,))]


def erase(scene: Scene) -> list[Sql]:
    """A customer is erased with all orders and most refunds; whoever was merged into them stands alone."""
    shop, id_ = scene.shop, scene.customer()
    if id_ is None:
        return []
    statements = [
        Sql("UPDATE customers SET merged_into = NULL WHERE merged_into = %s", (id_,)),
        Sql("DELETE FROM orders WHERE customer_id = %s", (id_,)),
        Sql("DELETE FROM customers WHERE id = %s", (id_,)),
    ]
    erased = {order.id for order in shop.orders_of(id_)}
    if scene.dice.random() < 0.8:
        subquery = "(SELECT id FROM orders WHERE customer_id = %s)"
        statements.insert(0, Sql(f"DELETE FROM refunds WHERE order_id IN {subquery}", (id_,)))
        shop.refunds = {refund: order for refund, order in shop.refunds.items() if order not in erased}
    shop.orders = {order_id: order for order_id, order in shop.orders.items() if order_id not in erased}
    shop.customers.update(dict.fromkeys(shop.merged(id_)))
    del shop.customers[id_]
    shop.held.pop(id_, None)
    shop.erased.add(id_)
    return statements
