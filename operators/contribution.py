"""What one customer adds to the store's windows, as a pure function of the customer's orders.

It has parts: what was bought, and the silence that followed each order, also the one that nobody has ended.
A change alters those of an order and of the orders after it, and most orders are the last.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from operators import rfm
from operators.rfm import Customer, Order, Rfm


class Bought(Struct, frozen=True, gc=False):
    """An order, or a refund that stands among the orders.

    `first_us`: the customer's first order, `previous_us`: the one before this, if any; of a refund neither.
    """

    placed_at_us: int
    cents: int
    is_order: bool
    first_us: int | None
    previous_us: int | None


class Silence(Struct, frozen=True, gc=False):
    """The silence after the last order of `rfm`; `following_us`: the order that ended it.

    Of `rfm` the instants and the count alone are of interest, so no more stands in it.
    """

    rfm: Rfm
    following_us: int | None


class History(NamedTuple):
    """A customer's remembered orders by instant, and the sums of those folded."""

    folded: Rfm | None
    orders: list[tuple[str, Order]]


def history(customer: Customer) -> History:
    """Return a customer's orders as they stand."""
    return History(customer.folded, rfm.by_instant(customer))


def common(before: History, after: History) -> int:
    """Return how many orders both begin with."""
    for place, (one, other) in enumerate(zip(before.orders, after.orders, strict=False)):
        if one != other:
            return place
    return min(len(before.orders), len(after.orders))


def parts(known: History, since: int = 0) -> Iterator[Bought | Silence]:
    """Yield the parts of the orders from the place `since` on, and the silence that the first of them ended.

    What folded orders have added before stays as it is: they cannot change. An order that has moved among
    them counts, and ends no silence: between which of them it lies is no longer known.
    """
    first_us, latest_us, count = None, None, 0
    if known.folded is not None:
        first_us, latest_us, count = known.folded.first_us, known.folded.latest_us, known.folded.order_count
    for place, (_, order) in enumerate(known.orders):
        placed_at_us = order.placed_at_us
        if not order.counted:
            if place >= since:
                yield Bought(placed_at_us, order.cents, False, None, None)
            continue
        first_us = placed_at_us if first_us is None else min(first_us, placed_at_us)
        is_among_folded = latest_us is not None and placed_at_us < latest_us
        if place >= since:
            previous_us = placed_at_us if is_among_folded else latest_us
            yield Bought(placed_at_us, order.cents, True, first_us, previous_us)
            if latest_us is not None and not is_among_folded:
                yield Silence(Rfm(first_us, latest_us, count, 0, ""), placed_at_us)
        latest_us, count = latest_us if is_among_folded else placed_at_us, count + 1
    if first_us is not None and latest_us is not None:
        yield Silence(Rfm(first_us, latest_us, count, 0, ""), None)
