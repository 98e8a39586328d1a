"""What is remembered of a customer: recent orders by id, older ones as sums.

Keeping each order's last change, rather than adding differences up, makes the result the same for any order
of delivery, with duplicates, replays, updates, refunds, deletes and moves.
"""

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct, field

from operators.order import OrderChange

RECENT_ORDERS_MAX = 64  # a customer with fewer orders is never folded, and stays editable for ever
SETTLE_US = 400 * 86_400_000_000  # orders this old may be folded: refunds and disputes are over by then


class Order(Struct, frozen=True, array_like=True, gc=False):
    """The newest change of one order."""

    version: int
    placed_at_us: int
    cents: int
    counted: bool


class Rfm(Struct, frozen=True, array_like=True, gc=False):
    """The sums over counted orders: recency is `latest_us` - `first_us`, frequency the repeat orders."""

    first_us: int
    latest_us: int
    order_count: int
    cents: int
    latest_order_id: str

    @property
    def frequency(self) -> int:
        """Repeat orders: all but the first."""
        return self.order_count - 1

    def plus(self, order_id: str, order: Order) -> "Rfm":
        """Return the sums with one more order, the latest so far."""
        return Rfm(
            self.first_us, order.placed_at_us, self.order_count + 1, self.cents + order.cents, order_id
        )


class Customer(Struct, array_like=True, gc=False):
    """One customer's memory: `orders` by id, and what has been folded of older ones.

    `folded_until_us`: every order placed before it is in `folded` (or did not count). `version`: the newest
    change seen. `undone`: last orders of silences whose alert was raised before an edit took it back; should
    another edit bring the silence back, it is not raised a second time. `pending`: last orders of silences
    that an edit has shown to be crossed already, by the stream time at which it did; they are raised when
    time moves.
    """

    orders: dict[str, Order]
    version: int = 0
    folded: Rfm | None = None
    folded_until_us: int | None = None
    undone: set[str] = field(default_factory=set)
    pending: dict[str, int] = field(default_factory=dict)


class Applied(Enum):
    """What became of a change."""

    NEWER = "newer"  # it is what is now known of the order
    STALE = "stale"  # a newer change of the order was already known
    FOLDED = "folded"  # its order has been folded and cannot be changed any more


def apply(customer: Customer, change: OrderChange) -> Applied:
    """Remember one change of one order, unless a newer one is known."""
    known = customer.orders.get(change.order_id)
    if known is None and customer.folded_until_us is not None:
        placed_before_us = change.placed_at_us if change.placed_before_us is None else change.placed_before_us
        if min(change.placed_at_us, placed_before_us) < customer.folded_until_us:
            return Applied.FOLDED
    if known is not None and known.version > change.version:
        return Applied.STALE
    customer.orders[change.order_id] = Order(
        change.version, change.placed_at_us, change.cents, change.counted
    )
    customer.version = max(customer.version, change.version)
    return Applied.NEWER


def summary(customer: Customer) -> Rfm | None:
    """Return the sums over all counted orders, None where there are none."""
    folded = customer.folded
    count, cents = (folded.order_count, folded.cents) if folded else (0, 0)
    first_us = folded.first_us if folded else None
    latest_us, latest_order_id = (folded.latest_us, folded.latest_order_id) if folded else (-(2**63), "")
    for order_id, order in customer.orders.items():
        if order.counted:
            count += 1
            cents += order.cents
            placed_at_us = order.placed_at_us
            if first_us is None or placed_at_us < first_us:
                first_us = placed_at_us
            if placed_at_us > latest_us or (placed_at_us == latest_us and order_id > latest_order_id):
                latest_us, latest_order_id = placed_at_us, order_id
    if first_us is None:
        return None
    return Rfm(first_us, latest_us, count, cents, latest_order_id)


def prefixes(customer: Customer) -> Iterator[Rfm]:
    """Yield the sums after each remembered order, in the order they were placed.

    Each is what was known of the customer during the silence that followed that order.
    """
    so_far = customer.folded
    if so_far is not None:
        yield so_far
    for order_id, order in counted_orders(customer):
        if so_far is None:
            so_far = Rfm(order.placed_at_us, order.placed_at_us, 1, order.cents, order_id)
        else:
            so_far = so_far.plus(order_id, order)
        yield so_far


def counted_orders(customer: Customer) -> list[tuple[str, Order]]:
    """Return the remembered orders that count, by instant, ties by id."""
    counted = [(order_id, order) for order_id, order in customer.orders.items() if order.counted]
    counted.sort(key=lambda item: (item[1].placed_at_us, item[0]))
    return counted


def fold(customer: Customer, now_us: int) -> None:
    """Fold a great buyer's settled orders into sums, so that 100,000 orders stay cheap."""
    if len(customer.orders) <= RECENT_ORDERS_MAX:
        return
    until_us = now_us - SETTLE_US
    settled = [order_id for order_id, order in customer.orders.items() if order.placed_at_us < until_us]
    if not settled:
        return
    old = Customer({order_id: customer.orders.pop(order_id) for order_id in settled}, 0, customer.folded)
    customer.folded = summary(old)
    customer.folded_until_us = until_us
    customer.undone &= customer.orders.keys()
