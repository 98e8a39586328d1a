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
        """Take changes in, in place; return the new line, alerts that are due by them, and what was refused.

        Without changes the line is written again: its first writing may have been undone by a crash.
        """
        published = {raised.id for raised in self._alerts(customer_id, customer, clock)}
        outputs: list[Output] = []
        for source, change in changes:
            if rfm.apply(customer, change) is Applied.FOLDED:
                error = f"order {change.order_id} of customer {customer_id} is settled: older than 400 days"
                outputs.append(Reject(reject.FOLDED_ORDER, error, source, change.record))
        if clock.now_us is not None:
            rfm.fold(customer, clock.now_us)
        outputs.append(self._line(customer_id, customer, clock))
        outputs += [
            raised for raised in self._alerts(customer_id, customer, clock) if raised.id not in published
        ]
        return outputs

    def on_time(self, customer_id: str, customer: Customer, before: Clock, clock: Clock) -> list[Output]:
        """Return the line and the alert that time alone has brought since `before`."""
        published = {raised.id for raised in self._alerts(customer_id, customer, before)}
        raised = [
            raised for raised in self._alerts(customer_id, customer, clock) if raised.id not in published
        ]
        return [self._line(customer_id, customer, clock), *raised]

    def due_us(self, customer: Customer, clock: Clock) -> int | None:
        """Return the instant at which time alone will next change this customer, None for never."""
        summary = rfm.summary(customer)
        return None if summary is None else next_after(self.risk.crossings(summary), clock.now_us)

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

    def _alerts(self, customer_id: str, customer: Customer, clock: Clock) -> list[Alert]:
        if clock.now_us is None or clock.alerts_since_us is None:
            return []
        return alert.implied(
            customer_id, customer, self.risk, self.currency, clock.alerts_since_us, clock.now_us
        )
