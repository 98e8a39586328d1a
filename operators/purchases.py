"""A customer's order history, for the tables: what changes have made of it.

The flow itself folds a great buyer's old orders into sums; the tables keep a line for each.
"""

from msgspec import Struct

from operators.erasure import fingerprint
from operators.order import WAY, bare
from operators.rfm import Customer, Order


class Purchase(Struct, frozen=True, gc=False):
    """One order, or a refund that stands among the orders, which is no order.

    `line` is the order's id, with a fingerprint of its way: for a moment the same order may have come by two.
    """

    line: str
    placed_at_us: int
    cents: int
    is_order: bool

    @property
    def order_id(self) -> str:
        """The order's id in the shop."""
        return bare(self.line)


class Purchases(Struct, frozen=True, gc=False):
    """Of one customer's history the lines that stand, and the names of those that are `gone`.

    `is_whole`: all others are gone as well, but for those placed before `folded_until_us`.
    """

    customer_id: str
    lines: list[Purchase]
    gone: list[str]
    is_whole: bool
    folded_until_us: int | None


class Touched:
    """The lines that changes of one customer have touched.

    `is_whole` where an order has left: a crashed run may have brought others here, of which this one knows
    nothing. `folded`: orders that have just been folded. A crashed run may have come to another content of
    theirs, and this one cannot tell it any more after now.
    """

    def __init__(self, folded: dict[str, Order], *, is_whole: bool = False) -> None:
        self.order_ids: set[str] = set()
        self.is_whole = is_whole
        self._folded = folded

    def purchases(self, customer_id: str, customer: Customer) -> list[Purchases]:
        """Return what has become of them, or of all that is remembered."""
        if not self.order_ids and not self.is_whole and not self._folded:
            return []
        known = customer.orders
        if not self.is_whole:
            known = {order_id: known[order_id] for order_id in self.order_ids if order_id in known}
        lines = [
            Purchase(line_of(order_id), order.placed_at_us, order.cents, order.counted)
            for order_id, order in (self._folded | known).items()
            if order.counted or order.cents
        ]
        gone = {line_of(order_id) for order_id in self.order_ids} - {purchase.line for purchase in lines}
        return [Purchases(customer_id, lines, sorted(gone), self.is_whole, customer.folded_until_us)]


def line_of(order_id: str) -> str:
    """Return the name of an order's line, which tells nobody from whom it came: a line may outlive them."""
    id_, _, way = order_id.partition(WAY)
    return f"{id_}{WAY}{fingerprint(way).hex()[:16]}" if way else id_
