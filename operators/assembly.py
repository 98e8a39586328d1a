"""An order put together: its own row, and rows of other tables that change its value.

Here meets what no single change says: a refund does not name the customer, and a flattened update does not
name the one whom the order leaves. Each row's newest change is kept, by its version, so that the result is
the same for any order of delivery.
"""

import msgspec
from msgspec import Struct

from operators import reject
from operators.chunk import Record
from operators.clock import Clock
from operators.group import Outcome
from operators.money import Rates, bounded
from operators.order import AdjustmentChange, Change, OrderChange, OrderFacts, OrderRowChange
from operators.reject import REASONS, Reject

_FIELDS = {
    "customer": "customer_id",
    "status": "has_counted_status",
    "placed_at": "placed_at_us",
    "total": "total_cents",
    "refunded": "refunded_cents",
    "currency": "currency",
}


class Order(Struct, array_like=True, gc=False):
    """What is known of one order; `facts` is None before its row came, and after it was deleted.

    `version`: of the newest change seen, of any row. `adjustments`: (version, cents) by id.
    """

    version: int = -1
    row_version: int = -1
    facts: OrderFacts | None = None
    adjustments: dict[str, tuple[int, int]] = {}


class Assembly:
    """The stage `orders`: rows in, each order's change for its customer out."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self.pack = msgspec.msgpack.Encoder().encode
        self.unpack = msgspec.msgpack.Decoder(Order).decode

    def upgrade(self, packed: bytes, written_format: int) -> bytes:
        """Return the state as it is: every release has written it alike."""
        return packed

    def on_changes(
        self,
        order_id: str,
        order: Order | None,
        changes: list[Change],
        erased_version: int | None,
        _clock: Clock,
    ) -> Outcome[Order, Change | Reject]:
        """Take changes in; return what its customers must know. Changes of customers pass."""
        outputs: list[Change | Reject] = []
        for change in changes:
            match change:
                case OrderRowChange() | AdjustmentChange():
                    order = order or Order()
                    outputs += self._applied(order_id, order, change)
                case _:
                    outputs.append(change)
        return Outcome(order, outputs, erased_version)

    def _applied(
        self, order_id: str, order: Order, change: OrderRowChange | AdjustmentChange
    ) -> list[Change | Reject]:
        was = order.facts
        if isinstance(change, AdjustmentChange):
            version, _ = order.adjustments.get(change.adjustment_id, (-1, 0))
            if change.version < version:
                return []
            order.adjustments[change.adjustment_id] = (change.version, change.cents)
        else:
            if change.version < order.row_version:
                return []
            facts = change.facts
            if facts is not None and change.unavailable:
                if was is None:
                    names = ", ".join(sorted(change.unavailable))
                    return [Reject(reject.UNAVAILABLE_VALUE, f"{names} was never sent", change.record)]
                kept = {_FIELDS[name]: getattr(was, _FIELDS[name]) for name in change.unavailable}
                facts = msgspec.structs.replace(facts, **kept)
            order.row_version = change.version
            order.facts = facts
        order.version = max(order.version, change.version)
        return self._told(order_id, order, was, change.record)

    def _told(
        self, order_id: str, order: Order, was: OrderFacts | None, record: Record
    ) -> list[Change | Reject]:
        """Return the change for the customer whom the order has left, and for the one whose it is."""
        told: list[Change | Reject] = []
        facts = order.facts
        customer_id = None if facts is None else facts.customer_id
        if was is not None and was.customer_id not in {None, customer_id}:
            # Told even where the customer was erased since: had a crash come between, a refund that was read
            # first may have brought the order there, with a version of its own that is newer.
            told.append(
                OrderChange(
                    str(was.customer_id),
                    order_id,
                    order.version,
                    was.placed_at_us,
                    0,
                    counted=False,
                    record=record,
                    is_forgotten=True,
                )
            )
        if facts is not None and customer_id is not None:
            is_same = was is not None and was.customer_id == customer_id
            # Neither need be so where the status was not sent.
            counts, cents = facts.has_counted_status and facts.placed_at_us is not None, 0
            try:
                cents = self._cents(order, facts) if counts else 0
            except ValueError as error:
                counts = False
                told.append(Reject(REASONS[type(error)], str(error), record))
            told.append(
                OrderChange(
                    customer_id,
                    order_id,
                    order.version,
                    facts.placed_at_us,
                    cents,
                    counts and not facts.is_refund,
                    record,
                    was.placed_at_us if was is not None and is_same else None,
                )
            )
        return told

    def _cents(self, order: Order, facts: OrderFacts) -> int:
        parts = [
            facts.total_cents,
            -facts.refunded_cents,
            *(cents for _, cents in order.adjustments.values()),
        ]
        value = sum(self._rates.convert(cents, facts.currency) for cents in parts)
        return bounded(value, f"of {value} cents")
