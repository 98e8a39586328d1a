"""One customer's life: an order changes, or time passes."""

from collections.abc import Mapping

import msgspec

from operators import alert, announcement, contribution, reject, rfm, row
from operators.alert import Alert
from operators.alert_body import AlertBody, Level
from operators.announcement import Announcement
from operators.census import End, Part
from operators.clock import Clock
from operators.erasure import Erasure, Tombstone, fingerprint, is_too_late
from operators.group import Outcome
from operators.order import Change, CustomerChange, Echo, OrderChange, bare
from operators.policy import Policy
from operators.purchases import Purchases, Touched
from operators.reject import Reject
from operators.rfm import Applied, Customer, Order
from operators.risk import next_after
from operators.row import Gone, Row, StreamTime
from operators.schedule import Schedule
from operators.tally import Tally, TallyEnd
from operators.teller import Teller, hear, is_ahead, order_of
from operators.told import Told
from operators.version import Version
from operators.windows import Added, Windows
from operators.zone import Zone

Counted = Part | End | Tally | TallyEnd
Kept = Row | Gone | Purchases | Added | Erasure | StreamTime | Version
Output = Kept | Announcement | Tombstone | Reject | Counted


class Lifecycle:
    """The stage `customers`: what a customer's state becomes, and what the world is told of it."""

    pack = staticmethod(msgspec.msgpack.Encoder().encode)
    unpack = staticmethod(msgspec.msgpack.Decoder(Customer).decode)
    upgrade = staticmethod(rfm.upgraded)

    def __init__(self, schedule: Schedule, policy: Policy, time_zone: str = "UTC") -> None:
        self.schedule = schedule
        self.policy = policy
        self.windows = Windows(schedule, Zone(time_zone))
        self._teller = Teller(schedule, policy)

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
        news = [change for change in changes if isinstance(change, Echo) and is_ahead(change, clock)]
        changes = [change for change in changes if not isinstance(change, Echo)]
        if not changes and not news:  # this execution's own words
            return Outcome(known, [], erased_version)
        customer = known or Customer({})
        touched = Touched(self._fold(customer_id, customer, clock))
        before = contribution.history(customer)
        topic = self._teller.known(customer_id, customer, clock)
        outputs: list[Output] = []
        for echo in news:
            outputs += self._heard(customer, echo, erased_version, clock)
        for change in changes:
            if is_too_late(change, erased_version):
                continue
            match change:
                case CustomerChange(is_erased=True):
                    kept = rfm.newer_than(customer, change.version)
                    outputs += self._erased(customer_id, customer, kept, topic, change, clock)
                    topic = {order_id: one for order_id, one in topic.items() if order_id in kept.order_ids}
                    customer, erased_version = kept, change.version
                    touched = Touched({}, is_whole=True)
                case OrderChange():
                    outputs += _applied(customer_id, customer, change, touched)
        if erased_version is not None:  # orders that go along with their customer may leave no trace
            rfm.forget_worthless(customer)
        self._teller.note(customer_id, customer, topic, clock)
        self.windows.shift(before, contribution.history(customer), clock)
        outputs += touched.purchases(customer_id, customer)
        if customer.version:
            outputs.append(self._line(customer_id, customer, clock))
        is_kept = customer.orders or customer.told or customer.ahead or customer.folded
        return Outcome(customer if is_kept else None, outputs, erased_version)

    def on_time(self, customer_id: str, customer: Customer, before: Clock, clock: Clock) -> list[Output]:
        """Return the line, and what the alerts' topic is told since `before`; the customer stays as it is."""
        announcements = self._teller.announcements(customer_id, customer, before, clock)
        return [self._line(customer_id, customer, clock), *announcements]

    def foreseen_cents(self, customer_id: str, customer: Customer, from_us: int, clock: Clock) -> list[int]:
        """Return what the alerts are worth that will be raised from an instant on, up to that of the clock.

        As the orders stand, and but for those that the cooldown suppresses.
        """
        foreseen = alert.implied(customer_id, customer, self.schedule, self.policy, clock).values()
        return [
            one.value_at_risk_cents
            for one in foreseen
            if one.raised_at_us >= from_us and one.suppressed_by != "cooldown"
        ]

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
        if customer.told_at_us == clock.now_us:  # the topic is to be told of changes as soon as time moves
            return clock.now_us + 1
        ahead = [told.told_at_us for told in customer.ahead.values() if told.told_at_us > clock.now_us]
        summary = rfm.summary(customer)
        if summary is None:
            return min(ahead, default=None)
        risk = self.schedule.at(clock.now_us, clock.adoption_delay_us)
        crossings = [next_after(risk.crossings(summary), clock.now_us)]
        if summary.latest_us > clock.now_us:
            # Read ahead of time: a silence that has ended may yet be crossed.
            crossings.append(alert.next_change_us(customer, self.schedule, clock))
        return min((*ahead, *(due_us for due_us in crossings if due_us is not None)), default=None)

    def _line(self, customer_id: str, customer: Customer, clock: Clock) -> Row | Gone:
        summary = rfm.summary(customer)
        if summary is None:
            return Gone(customer_id)
        risk = self.schedule.at(clock.now_us, clock.adoption_delay_us)
        return row.of(
            customer_id,
            summary,
            risk.crossings(summary),
            currency=self.policy.currency,
            model_version=risk.model_version,
            version=customer.version,
            now_us=clock.now_us,
        )

    def _fold(self, customer_id: str, customer: Customer, clock: Clock) -> dict[str, Order]:
        """Fold a great buyer's settled orders and return them.

        Not while the topic waits to be told of their silences.
        """
        if clock.now_us is None or customer.told_at_us == clock.now_us or not rfm.is_great(customer):
            return {}
        implied = alert.implied(customer_id, customer, self.schedule, self.policy, clock).values()
        folded = rfm.fold(customer, clock.now_us)
        if customer.folded is not None:
            raised_us = [
                one.raised_at_us
                for one in implied
                if one.suppressed_by is None and one.rfm.latest_us < customer.folded.latest_us
            ]
            customer.folded_raised_us = max(raised_us, default=customer.folded_raised_us)
        return folded

    def _heard(
        self, customer: Customer, echo: Echo, erased_version: int | None, clock: Clock
    ) -> list[Announcement | Tombstone]:
        """Take in what the topic was told ahead of stream time, or take it back where it may not stay."""
        order_id, body = order_of(echo), echo.body
        if erased_version is None or order_id in customer.order_ids:
            hear(customer, echo)
        elif isinstance(body, AlertBody):
            withdrawn = self._withdrawn(echo.customer_id, order_id, body.level, erased_version, clock)
            return [
                msgspec.structs.replace(withdrawn, corrects=echo.offset),
                Tombstone(echo.customer_id, erased_version, echo.offset),
            ]
        return []

    def _erased(
        self,
        customer_id: str,
        customer: Customer,
        kept: Customer,
        topic: Mapping[str, Alert | Told],
        change: CustomerChange,
        clock: Clock,
    ) -> list[Output]:
        """Return what the world is told of an erasure."""
        ahead = {order_id: ahead.told for order_id, ahead in customer.ahead.items()}
        standing = {
            order_id: one.level
            for order_id, one in {**topic, **ahead}.items()
            if isinstance(one, Alert) or one.status != "withdrawn"
            if order_id not in kept.order_ids
        }
        return [
            Gone(customer_id),
            *(
                self._withdrawn(customer_id, order_id, level, change.version, clock)
                for order_id, level in sorted(standing.items())
            ),
            Tombstone(customer_id, change.version),
            Erasure(fingerprint(customer_id).hex(), change.version, clock.now_us),
        ]

    def _withdrawn(
        self, customer_id: str, order_id: str, level: Level | None, erased_version: int, clock: Clock
    ) -> Announcement:
        said = announcement.withdraw(customer_id, order_id, "erasure", level, self.policy, clock.now_us)
        return msgspec.structs.replace(said, erased_version=erased_version)


def _applied(customer_id: str, customer: Customer, change: OrderChange, touched: Touched) -> list[Output]:
    """Remember a change; return the reject where its order is settled."""
    if rfm.apply(customer, change) is not Applied.FOLDED:
        touched.order_ids.add(change.order_id)
        touched.is_whole |= change.is_forgotten
        return []
    error = f"order {bare(change.order_id)} of customer {customer_id} is settled: older than 400 days"
    return [Reject(reject.FOLDED_ORDER, error, change.record)]
