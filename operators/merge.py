"""Merges: the account that a customer's orders count for.

A customer's row may point to the account that it was merged into, and that one to another. Bytewax has no
cycles, so each hop is a stage of its own, the same as the others: it holds a customer's orders, and sends
them to where the customer points. When that changes, they are taken back there and sent elsewhere; so every
merge can be undone.

An order that came over a hop carries the customer it came from in its id: each of these ways is written to by
one sender only, in order, while the same order may take two ways at once for a moment.
"""

import msgspec
from msgspec import Struct

from operators.clock import Clock
from operators.erasure import is_too_late
from operators.group import Outcome
from operators.order import WAY, Change, CustomerChange, OrderChange
from operators.reject import Reject

HOPS = 3  # guest → account → account → account: what points on from there is not followed


class HeldOrder(Struct, frozen=True, array_like=True, gc=False):
    """The newest change of one order."""

    version: int
    placed_at_us: int | None
    cents: int
    counted: bool


class Member(Struct, array_like=True, gc=False):
    """A customer of one hop: whom it points to, and the orders that have come so far."""

    version: int = -1
    into: str | None = None
    orders: dict[str, HeldOrder] = {}


class Merges:
    """One hop: orders in, each to the customer that it counts for out."""

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self.pack = msgspec.msgpack.Encoder().encode
        self.unpack = msgspec.msgpack.Decoder(Member).decode

    def upgrade(self, packed: bytes, written_format: int) -> bytes:
        """Return the state as it is: every release has written it alike."""
        return packed

    def on_changes(
        self,
        customer_id: str,
        member: Member | None,
        changes: list[Change],
        erased_version: int | None,
        _clock: Clock,
    ) -> Outcome[Member, Change | Reject]:
        """Take changes in; return the orders' changes, by the customer they count for."""
        member = member or Member()
        outputs: list[Change | Reject] = []
        for change in changes:
            if is_too_late(change, erased_version):
                continue
            match change:
                case CustomerChange(is_erased=True):
                    outputs += [*self._taken_back(customer_id, member, change), change]
                    member, erased_version = _newer_than(member, change.version), change.version
                    outputs += self._all_sent(customer_id, member, change)
                case CustomerChange():
                    outputs += self._pointed(customer_id, member, change)
                case OrderChange():
                    outputs += self._ordered(customer_id, member, change)
        if erased_version is not None:  # orders that go along with their customer may leave no trace
            member.orders = {id_: held for id_, held in member.orders.items() if held.counted or held.cents}
        is_known = member.orders or member.version >= 0
        return Outcome(member if is_known else None, outputs, erased_version)

    def _ordered(self, customer_id: str, member: Member, change: OrderChange) -> list[OrderChange]:
        order_id, known = change.order_id, member.orders.get(change.order_id)
        if change.is_forgotten:
            forgotten = self._forgotten(customer_id, member, order_id, change)
            member.orders.pop(order_id, None)
            return [forgotten]
        if known is not None and known.version > change.version:
            return []
        if known is None and change.placed_at_us is None:
            return []  # a cart
        held = HeldOrder(change.version, change.placed_at_us, change.cents, change.counted)
        member.orders[order_id] = held
        return [self._sent(customer_id, member, order_id, held, change)]

    def _pointed(self, customer_id: str, member: Member, change: CustomerChange) -> list[Change]:
        if change.version < member.version:
            return []
        member.version = change.version
        if change.merged_into == member.into:
            return []
        taken_back = self._taken_back(customer_id, member, change)
        member.into = change.merged_into
        sent = self._all_sent(customer_id, member, change)
        # As with those taken back: an order that is no longer on its way here may have come to there.
        sent = sent or [self._forgotten(customer_id, member, "", change)]
        # The next hop must know first, or it would send the orders the old way for a moment.
        return [*taken_back, change, *sent]

    def _all_sent(self, customer_id: str, member: Member, change: CustomerChange) -> list[OrderChange]:
        return [
            self._sent(customer_id, member, order_id, held, change)
            for order_id, held in member.orders.items()
        ]

    def _taken_back(self, customer_id: str, member: Member, change: CustomerChange) -> list[OrderChange]:
        """Return what makes whom the customer points to forget its orders.

        Where there are none its line is still written again: had a crash come between, an order that was read
        before this change would have been sent there, and is now read after it. Nothing else would put that
        line right.
        """
        return [self._forgotten(customer_id, member, order_id, change) for order_id in member.orders or [""]]

    def _sent(
        self,
        customer_id: str,
        member: Member,
        order_id: str,
        held: HeldOrder,
        cause: OrderChange | CustomerChange,
    ) -> OrderChange:
        """Return an order's change for whom the customer points to."""
        return OrderChange(
            member.into or customer_id,
            self._way(customer_id, member, order_id),
            max(held.version, member.version),
            held.placed_at_us,
            held.cents,
            held.counted,
            cause.record,
            cause.placed_before_us if isinstance(cause, OrderChange) else None,
        )

    def _forgotten(
        self, customer_id: str, member: Member, order_id: str, cause: OrderChange | CustomerChange
    ) -> OrderChange:
        target, way = member.into or customer_id, self._way(customer_id, member, order_id)
        version, record = max(cause.version, member.version), cause.record
        held = member.orders.get(order_id)
        placed_at_us = None if held is None else held.placed_at_us
        return OrderChange(
            target, way, version, placed_at_us, 0, counted=False, record=record, is_forgotten=True
        )

    def _way(self, customer_id: str, member: Member, order_id: str) -> str:
        return order_id if member.into is None else f"{order_id}{WAY}{self._hop}{customer_id}"


def _newer_than(member: Member, version: int) -> Member:
    """Return what remains after an erasure: pointer and orders of whoever has the same id by now."""
    orders = {id_: held for id_, held in member.orders.items() if held.version > version}
    if member.version > version:
        return Member(member.version, member.into, orders)
    return Member(orders=orders)
