"""One customer's life: an order changes, or time passes."""

from dataclasses import dataclass

import msgspec

from operators import alert, reject, rfm, row
from operators.alert import Alert
from operators.census import End, Part
from operators.clock import Clock
from operators.erasure import Erasure, Tombstone, Withdrawal, fingerprint, is_too_late
from operators.group import Outcome
from operators.order import Change, CustomerChange, OrderChange, bare
from operators.reject import Reject
from operators.rfm import Applied, Customer
from operators.risk import next_after
from operators.row import Gone, Row, StreamTime
from operators.schedule import Schedule
from operators.version import Version

Output = Row | Gone | Alert | Withdrawal | Tombstone | Erasure | Reject | StreamTime | Part | End | Version


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The stage `customers`: what a customer's state becomes, and what the world is told of it."""

    schedule: Schedule
    currency: str

    pack = staticmethod(msgspec.msgpack.Encoder().encode)
    unpack = staticmethod(msgspec.msgpack.Decoder(Customer).decode)

    def on_changes(
        self,
        customer_id: str,
        known: Customer | None,
        changes: list[Change],
        erased_version: int | None,
        clock: Clock,
    ) -> Outcome[Customer, Output]:
        """Take changes in; return the new line, and what was refused.

        Alerts wait until time moves: partitions are not ordered against each other, so between two changes
        that were committed together there may be a state that the shop never had.

        A line is returned even where nothing was new: its first writing may have been undone by a crash.
        """
        customer = known or Customer({})
        if clock.now_us is not None:
            rfm.fold(customer, clock.now_us)
        raised = self._raised(customer_id, customer, clock)
        outputs: list[Output] = []
        for change in changes:
            if is_too_late(change, erased_version):
                continue
            match change:
                case CustomerChange(is_erased=True):
                    kept = rfm.newer_than(customer, change.version)
                    raised_of_kept = raised & {bare(order_id) for order_id in kept.orders}
                    outputs += _erased(customer_id, customer, raised - raised_of_kept, change, clock)
                    customer, raised, erased_version = kept, raised_of_kept, change.version
                case OrderChange():
                    outputs += _applied(customer_id, customer, change)
        if erased_version is not None:  # orders that go along with their customer may leave no trace
            rfm.forget_worthless(customer)
        self._compare(customer_id, customer, raised, clock)
        if not customer.orders and not customer.undone and customer.folded is None:
            if customer.version:
                outputs.append(Gone(customer_id))
            return Outcome(None, outputs, erased_version)
        return Outcome(customer, [*outputs, self._line(customer_id, customer, clock)], erased_version)

    def on_time(self, customer_id: str, customer: Customer, before: Clock, clock: Clock) -> list[Output]:
        """Return the line, and the alerts since `before`; the customer stays as it is."""
        raised = self._raised(customer_id, customer, before) | customer.undone
        implied = self._implied(customer_id, customer, clock)
        alerts = [found for order_id, found in implied.items() if order_id not in raised]
        return [self._line(customer_id, customer, clock), *alerts]

    def is_judged_anew(self, before: Clock, clock: Clock) -> bool:
        """Return whether another version has come into force for a customer since `before`."""
        delay_us = clock.adoption_delay_us
        return before.now_us is not None and (
            self.schedule.at(before.now_us, delay_us) is not self.schedule.at(clock.now_us, delay_us)
        )

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
        risk = self.schedule.at(clock.now_us, clock.adoption_delay_us)
        ahead = [next_after(risk.crossings(summary), clock.now_us)]
        if summary.latest_us > clock.now_us:
            # Read ahead of time: a silence that has ended may yet be crossed.
            ahead.append(alert.next_crossing(customer, risk, clock.now_us))
        return min((due_us for due_us in ahead if due_us is not None), default=None)

    def _compare(self, customer_id: str, customer: Customer, raised: set[str], clock: Clock) -> None:
        """Note which alerts the changes have brought, for when time moves, and which they took back."""
        implied = self._implied(customer_id, customer, clock)
        waiting = implied.keys() - raised - customer.undone
        customer.pending = {
            order_id: clock.now_us for order_id in sorted(waiting) if clock.now_us is not None
        }
        customer.undone |= raised - implied.keys()

    def _line(self, customer_id: str, customer: Customer, clock: Clock) -> Row | Gone:
        summary = rfm.summary(customer)
        if summary is None:
            return Gone(customer_id)
        risk = self.schedule.at(clock.now_us, clock.adoption_delay_us)
        return row.of(
            customer_id,
            summary,
            risk.crossings(summary),
            currency=self.currency,
            model_version=risk.model_version,
            version=customer.version,
            now_us=clock.now_us,
        )

    def _implied(self, customer_id: str, customer: Customer, clock: Clock) -> dict[str, Alert]:
        """Return the alerts that the orders imply, by the last order of each silence."""
        alerts = alert.implied(customer_id, customer, self.schedule, self.currency, clock)
        return {found.rfm.latest_order: found for found in alerts}

    def _raised(self, customer_id: str, customer: Customer, clock: Clock) -> set[str]:
        """Return the last orders of the silences whose alerts are out."""
        implied = self._implied(customer_id, customer, clock)
        return implied.keys() - _unraised(customer, clock.now_us)


def _applied(customer_id: str, customer: Customer, change: OrderChange) -> list[Output]:
    """Remember a change; return the reject where its order is settled."""
    if rfm.apply(customer, change) is not Applied.FOLDED:
        return []
    error = f"order {bare(change.order_id)} of customer {customer_id} is settled: older than 400 days"
    return [Reject(reject.FOLDED_ORDER, error, change.record)]


def _erased(
    customer_id: str, customer: Customer, raised: set[str], change: CustomerChange, clock: Clock
) -> list[Output]:
    """Return what the world is told of an erasure."""
    alerts = [
        Withdrawal(customer_id, alert.id_of(customer_id, order_id))
        for order_id in sorted(raised | customer.undone)
    ]
    return [
        Gone(customer_id),
        *alerts,
        Tombstone(customer_id, change.version),
        Erasure(fingerprint(customer_id).hex(), change.version, clock.now_us),
    ]


def _unraised(customer: Customer, now_us: int | None) -> set[str]:
    """Return what has been waiting since time last moved."""
    return {order_id for order_id, found_us in customer.pending.items() if found_us == now_us}
