"""One customer's life: an order changes, or time passes."""

from dataclasses import dataclass

import msgspec

from operators import alert, reject, rfm, row
from operators.alert import Alert
from operators.order import OrderChange
from operators.reject import Reject
from operators.rfm import Applied, Customer
from operators.risk import Risk, next_after
from operators.row import Gone, Row, StreamTime

Output = Row | Gone | Alert | Reject | StreamTime
SourcedChange = tuple[str, OrderChange]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Customer)


@dataclass(frozen=True, slots=True)
class Clock:
    """Stream time as a customer sees it; None before the first heartbeat has been reached."""

    now_us: int | None
    alerts_since_us: int | None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a customer's state becomes, and what the world is told of it."""

    risk: Risk
    currency: str

    def new(self) -> Customer:
        """Return a customer nothing is known of."""
        return Customer({})

    def pack(self, customer: Customer) -> bytes:
        """Return the state at rest."""
        return _encoder.encode(customer)

    def unpack(self, packed: bytes) -> Customer:
        """Return the state from rest; the inverse of `pack`."""
        return _decoder.decode(packed)

    def on_changes(
        self, customer_id: str, customer: Customer, changes: list[SourcedChange], clock: Clock
    ) -> list[Output]:
        """Take changes in, in place; return the new line, and what was refused.

        Alerts wait until time moves: partitions are not ordered against each other, so between two changes
        that were committed together there may be a state that the shop never had.

        Without changes the line is written again: its first writing may have been undone by a crash.
        """
        if clock.now_us is not None:
            rfm.fold(customer, clock.now_us)
        raised = self._raised(customer_id, customer, clock)
        outputs: list[Output] = []
        for source, change in changes:
            if rfm.apply(customer, change) is Applied.FOLDED:
                error = f"order {change.order_id} of customer {customer_id} is settled: older than 400 days"
                outputs.append(Reject(reject.FOLDED_ORDER, error, source, change.record))
        implied = self._implied(customer_id, customer, clock)
        waiting = implied.keys() - raised - customer.undone
        customer.pending = {
            order_id: clock.now_us for order_id in sorted(waiting) if clock.now_us is not None
        }
        customer.undone |= raised - implied.keys()
        return [*outputs, self._line(customer_id, customer, clock)]

    def on_time(self, customer_id: str, customer: Customer, before: Clock, clock: Clock) -> list[Output]:
        """Return the line, and the alerts since `before`; the customer stays as it is."""
        raised = self._raised(customer_id, customer, before) | customer.undone
        implied = self._implied(customer_id, customer, clock)
        alerts = [found for order_id, found in implied.items() if order_id not in raised]
        return [self._line(customer_id, customer, clock), *alerts]

    def due_us(self, customer: Customer, clock: Clock) -> int | None:
        """Return the instant at which time alone will next change this customer, None for never.

        Before the first heartbeat nobody's state is known: all are due at it.
        """
        if clock.now_us is None:
            return 0
        summary = rfm.summary(customer)
        if summary is None:
            return None
        if _unraised(customer, clock.now_us):
            return clock.now_us + 1
        ahead = [next_after(self.risk.crossings(summary), clock.now_us)]
        if (
            summary.latest_us > clock.now_us
        ):  # read ahead of time: a silence that has ended may yet be crossed
            ahead.append(alert.next_crossing(customer, self.risk, clock.now_us))
        return min((due_us for due_us in ahead if due_us is not None), default=None)

    def _line(self, customer_id: str, customer: Customer, clock: Clock) -> Row | Gone:
        summary = rfm.summary(customer)
        if summary is None:
            return Gone(customer_id, customer.version)
        return row.of(
            customer_id,
            summary,
            self.risk.crossings(summary),
            currency=self.currency,
            model_version=self.risk.model_version,
            version=customer.version,
            now_us=clock.now_us,
        )

    def _implied(self, customer_id: str, customer: Customer, clock: Clock) -> dict[str, Alert]:
        """Return the alerts that the orders imply, by the last order of each silence."""
        since_us = clock.alerts_since_us
        if since_us is None:
            return {}
        alerts = alert.implied(customer_id, customer, self.risk, self.currency, since_us, clock.now_us)
        return {found.rfm.latest_order_id: found for found in alerts}

    def _raised(self, customer_id: str, customer: Customer, clock: Clock) -> set[str]:
        """Return the last orders of the silences whose alerts are out."""
        implied = self._implied(customer_id, customer, clock)
        return implied.keys() - _unraised(customer, clock.now_us)


def _unraised(customer: Customer, now_us: int | None) -> set[str]:
    """Return what has been waiting since time last moved."""
    return {order_id for order_id, found_us in customer.pending.items() if found_us == now_us}
