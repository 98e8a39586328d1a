"""What is remembered of a customer: recent orders by id, older ones as sums.

Keeping each order's last change, rather than adding differences up, makes the result the same for any order
of delivery, with duplicates, replays, updates, refunds, deletes and moves.
"""

from collections.abc import Iterator
from enum import Enum

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from operators.instant import DAY_US
from operators.order import OrderChange, bare
from operators.told import Ahead, Told

RECENT_ORDERS_MAX = 64  # a customer with fewer orders is never folded, and stays editable for ever
SETTLE_US = 400 * DAY_US  # orders this old may be folded: refunds and disputes are over by then


class Order(Struct, frozen=True, array_like=True, gc=False):
    """The newest change of one order; one that is not `counted` may still be worth something: a refund."""

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
    latest_order_id: str  # with its way, where it came by a merge

    @property
    def frequency(self) -> int:
        """Repeat orders: all but the first."""
        return self.order_count - 1

    @property
    def latest_order(self) -> str:
        """The latest order's id in the shop."""
        return bare(self.latest_order_id)

    def plus(self, order_id: str, order: Order) -> "Rfm":
        """Return the sums with one more order, the latest so far."""
        return Rfm(
            self.first_us, order.placed_at_us, self.order_count + 1, self.cents + order.cents, order_id
        )


class Customer(Struct, array_like=True, gc=False):
    """One customer's memory: `orders` by id, and what has been folded of older ones.

    `folded_until_us`: every order placed before it is in `folded` (or did not count), but for refunds that
    are remembered. `version`: the newest change seen. `told`: what the alerts' topic had been told when
    stream time stood at `told_at_us`, and came changes that it has not been told of; by the shop's id of each
    silence's last order. `ahead`: what it was told later than that by an execution that crashed. See
    `Teller`. `folded_raised_us`: when an alert was last raised, and not suppressed, between folded orders.
    """

    orders: dict[str, Order]
    version: int = 0
    folded: Rfm | None = None
    folded_until_us: int | None = None
    told_at_us: int | None = None
    told: dict[str, Told] = field(default_factory=dict)
    ahead: dict[str, Ahead] = field(default_factory=dict)
    folded_raised_us: int | None = None

    @property
    def order_ids(self) -> set[str]:
        """The remembered orders' ids in the shop."""
        return {bare(order_id) for order_id in self.orders}


class Applied(Enum):
    """What became of a change."""

    NEWER = "newer"  # it is what is now known of the order
    STALE = "stale"  # a newer change of the order was already known
    FOLDED = "folded"  # its order has been folded and cannot be changed any more
    NOTHING = "nothing"  # a cart that was never an order


def apply(customer: Customer, change: OrderChange) -> Applied:
    """Remember one change of one order, unless a newer one is known."""
    known = customer.orders.get(change.order_id)
    placed_at_us = change.placed_at_us
    if known is None and _is_folded(customer, change):
        return Applied.FOLDED
    if change.is_forgotten:
        customer.orders.pop(change.order_id, None)
        customer.version = max(customer.version, change.version)
        return Applied.NEWER
    if placed_at_us is None:
        if known is None:
            return Applied.NOTHING
        placed_at_us = known.placed_at_us
    if known is not None and known.version > change.version:
        return Applied.STALE
    customer.orders[change.order_id] = Order(change.version, placed_at_us, change.cents, change.counted)
    customer.version = max(customer.version, change.version)
    return Applied.NEWER


def _is_folded(customer: Customer, change: OrderChange) -> bool:
    """Return whether an order that is not remembered stands, or stood, among the folded ones."""
    if customer.folded_until_us is None:
        return False
    placed_us = (change.placed_at_us, change.placed_before_us)
    return any(at_us is not None and at_us < customer.folded_until_us for at_us in placed_us)


def newer_than(customer: Customer, version: int) -> Customer:
    """Return what remains after an erasure: orders of whoever has the same id by now."""
    orders = {id_: order for id_, order in customer.orders.items() if order.version > version}
    kept = Customer(orders, max((order.version for order in orders.values()), default=0))
    kept.ahead = {id_: ahead for id_, ahead in customer.ahead.items() if id_ in kept.order_ids}
    return kept


def forget_worthless(customer: Customer) -> None:
    """Forget the orders that are worth nothing, of which only the version was of use."""
    customer.orders = {id_: order for id_, order in customer.orders.items() if order.counted or order.cents}


def summary(customer: Customer) -> Rfm | None:
    """Return the sums over all counted orders, None where there are none."""
    folded = customer.folded
    count, cents = (folded.order_count, folded.cents) if folded else (0, 0)
    first_us = folded.first_us if folded else None
    latest_us, latest_order_id = (folded.latest_us, folded.latest_order_id) if folded else (-(2**63), "")
    for order_id, order in customer.orders.items():
        cents += order.cents
        if order.counted:
            count += 1
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
    refunded_cents = 0  # refunds that stand before the first order
    if so_far is not None:
        yield so_far
    for order_id, order in by_instant(customer):
        if so_far is None:
            refunded_cents += order.cents
            if order.counted:
                so_far = Rfm(order.placed_at_us, order.placed_at_us, 1, refunded_cents, order_id)
                yield so_far
        elif order.counted:
            so_far = so_far.plus(order_id, order)
            yield so_far
        else:
            so_far = replace(so_far, cents=so_far.cents + order.cents)


def by_instant(customer: Customer) -> list[tuple[str, Order]]:
    """Return the remembered orders that are worth anything, by instant, ties by id."""
    worth = [(order_id, order) for order_id, order in customer.orders.items() if order.counted or order.cents]
    worth.sort(key=lambda item: (item[1].placed_at_us, item[0]))
    return worth


def is_great(customer: Customer) -> bool:
    """Return whether the customer has so many orders that settled ones are folded."""
    return len(customer.orders) > RECENT_ORDERS_MAX


def fold(customer: Customer, now_us: int) -> dict[str, Order]:
    """Fold a great buyer's settled orders into sums, so that 100,000 orders stay cheap; return them."""
    until_us = now_us - SETTLE_US
    settled = {id_: order for id_, order in customer.orders.items() if order.placed_at_us < until_us}
    for order_id, order in settled.items():
        if not order.counted and not order.cents:  # kept for its version only
            del customer.orders[order_id]
    if sum(order.counted for order in customer.orders.values()) <= RECENT_ORDERS_MAX:
        return {}
    # A refund behind the last purchase among them belongs to a later silence.
    last = max(((order.placed_at_us, id_) for id_, order in settled.items() if order.counted), default=None)
    if last is None:
        return {}
    worth = {
        id_: order
        for id_, order in settled.items()
        if id_ in customer.orders and (order.placed_at_us, id_) <= last
    }
    folded = summary(Customer(worth, 0, customer.folded))
    assert folded is not None, "an order counts"  # noqa: S101
    for order_id in worth:
        del customer.orders[order_id]
    # Without its way: the sums outlive the customer from whom the order came.
    customer.folded = replace(folded, latest_order_id=folded.latest_order)
    customer.folded_until_us = until_us
    return worth


def upgraded(packed: bytes, written_format: int) -> bytes:
    """Return a customer's packed state as it is written today."""
    orders, version, folded, folded_until_us, *_ = msgspec.msgpack.decode(packed)
    known = msgspec.convert((orders, version, folded, folded_until_us), Customer)
    if written_format == 1:  # what is not counted is worth nothing
        for order_id, order in known.orders.items():
            if not order.counted:
                known.orders[order_id] = replace(order, cents=0)
    return msgspec.msgpack.encode(known)
