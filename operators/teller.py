"""What the alerts' topic has been told of a customer, and what it must be told next.

Nothing is remembered of that as a rule: the topic knows what the orders implied when time last moved. Two
things are exceptions. Changes since then are told when time moves, so the first of them notes what the topic
knew. And what the topic was told by an execution that crashed later on is read back from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from operators import alert, announcement
from operators.alert import Alert
from operators.alert_body import AlertBody, id_of
from operators.announcement import Announcement, body_of
from operators.clock import Clock
from operators.instant import to_us
from operators.order import Echo
from operators.policy import Policy
from operators.rfm import Customer
from operators.schedule import Schedule
from operators.told import Ahead, Told, told_of


@dataclass(frozen=True, slots=True)
class Teller:
    """Compares what the orders imply with what the topic has been told."""

    schedule: Schedule
    policy: Policy

    def known(self, customer_id: str, customer: Customer, clock: Clock) -> Mapping[str, Alert | Told]:
        """Return what the topic was told when time last moved, by the last order of each silence."""
        if customer.told_at_us is not None and customer.told_at_us == clock.now_us:
            return customer.told
        return alert.implied(customer_id, customer, self.schedule, self.policy, clock)

    def note(
        self, customer_id: str, customer: Customer, known: Mapping[str, Alert | Told], clock: Clock
    ) -> None:
        """Remember, after changes, what the topic had been told before them: until time moves."""
        implied = alert.implied(customer_id, customer, self.schedule, self.policy, clock)
        if implied == known:
            customer.told_at_us, customer.told = None, {}
        else:
            customer.told_at_us = clock.now_us
            customer.told = {order_id: self._told(one) for order_id, one in known.items()}
        if customer.ahead and clock.now_us is not None:
            customer.ahead = {
                order_id: ahead
                for order_id, ahead in customer.ahead.items()
                if ahead.told_at_us > clock.now_us
            }

    def announcements(
        self, customer_id: str, customer: Customer, before: Clock, clock: Clock
    ) -> list[Announcement]:
        """Return what the topic must be told when time has moved from `before`."""
        now_us = clock.now_us
        assert now_us is not None, "time has moved"  # noqa: S101
        due = _due(customer, before, clock)
        known = {**self.known(customer_id, customer, before)}
        known |= {order_id: ahead.told for order_id, ahead in due.items()}
        implied = alert.implied(customer_id, customer, self.schedule, self.policy, clock)
        found: list[Announcement] = []
        for order_id in sorted(known.keys() | implied.keys()):
            was, stands = known.get(order_id), implied.get(order_id)
            if was == stands or _is_awaited(customer, order_id, now_us):
                continue
            told = None if was is None else self._told(was)
            if stands is not None:
                said = announcement.announce(stands, told, self.policy, now_us)
            elif told is not None and told.status != "withdrawn":
                reason = alert.reason_gone(customer, order_id, self.schedule, clock)
                said = announcement.withdraw(customer_id, order_id, reason, told.level, self.policy, now_us)
            else:
                said = None
            if said is not None:
                ahead = due.get(order_id)
                corrects = ahead.offset if ahead is not None and ahead.told_at_us == now_us else None
                found.append(replace(said, corrects=corrects))
        return found

    def _told(self, known: Alert | Told) -> Told:
        return known if isinstance(known, Told) else told_of(body_of(known, self.policy, 0))


def _due(customer: Customer, before: Clock, clock: Clock) -> dict[str, Ahead]:
    """Return what an execution that crashed told at stream times that have come again since `before`.

    But for alerts raised before those that are published now, or between orders that have been folded.
    """
    now_us, since_us = clock.now_us or 0, clock.alerts_since_us or 0
    if customer.folded is not None:
        since_us = max(since_us, customer.folded.latest_us)
    return {
        order_id: ahead
        for order_id, ahead in customer.ahead.items()
        if (before.now_us is None or before.now_us < ahead.told_at_us) and ahead.told_at_us <= now_us
        if ahead.raised_at_us is None or ahead.raised_at_us > since_us
    }


def _is_awaited(customer: Customer, order_id: str, now_us: int) -> bool:
    ahead = customer.ahead.get(order_id)
    return ahead is not None and ahead.told_at_us > now_us


def is_ahead(echo: Echo, clock: Clock) -> bool:
    """Return whether the topic was told this later than stream time is: by an execution that crashed."""
    if echo.body is None or echo.body.told_at is None:
        return False
    return clock.now_us is None or to_us(echo.body.told_at) > clock.now_us


def hear(customer: Customer, echo: Echo) -> None:
    """Remember what the topic was told ahead of stream time."""
    body = echo.body
    assert body is not None, "ahead"  # noqa: S101
    assert body.told_at is not None, "ahead"  # noqa: S101
    raised_at_us = to_us(body.raised_at) if isinstance(body, AlertBody) else None
    customer.ahead[order_of(echo)] = Ahead(to_us(body.told_at), raised_at_us, told_of(body), echo.offset)


def order_of(echo: Echo) -> str:
    """Return the last order of the silence that the topic speaks of."""
    assert echo.body is not None, "not of a tombstone"  # noqa: S101
    return echo.body.alert_id.removeprefix(id_of(echo.customer_id, ""))
