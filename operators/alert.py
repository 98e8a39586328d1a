"""A crossing that subscribers are told of.

Alerts are a function of the order log: whoever reads the same orders up to the same stream time finds the
same alerts, with the same ids, whether live, late, or replayed from the beginning.
"""

from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from operators.clock import Clock
from operators.erasure import Withdrawal
from operators.instant import to_datetime
from operators.message import Message, event
from operators.rfm import Customer, Rfm, prefixes
from operators.risk import Risk
from operators.schedule import Schedule

TYPE_RAISED = b"retentioncast.alert.raised"
TYPE_WITHDRAWN = b"retentioncast.alert.withdrawn"


def id_of(customer_id: str, order_id: str) -> str:
    """Return the id of the alert on the silence that followed an order."""
    return f"{customer_id}/{order_id}/AT_RISK"


class Alert(Struct, frozen=True, gc=False):
    """A customer became at risk at `crossed_at_us`, silent since the last order of `rfm`."""

    customer_id: str
    rfm: Rfm
    crossed_at_us: int
    model_version: str
    currency: str

    @property
    def id(self) -> str:
        """The same for the same silence, however often it is computed."""
        return id_of(self.customer_id, self.rfm.latest_order)


class _Body(Struct, frozen=True):
    """The message's value."""

    alert_id: str
    customer_id: str
    level: str
    at_risk_at: datetime
    first_purchase: datetime
    latest_purchase: datetime
    latest_order_id: str
    order_count: int
    order_value: str
    currency: str
    model_version: str


def to_message(alert: Alert) -> Message:
    """Return the alert as a CloudEvents 1.0 message in Kafka's binary mode, keyed by customer."""
    rfm = alert.rfm
    body = _Body(
        alert_id=alert.id,
        customer_id=alert.customer_id,
        level="AT_RISK",
        at_risk_at=to_datetime(alert.crossed_at_us),
        first_purchase=to_datetime(rfm.first_us),
        latest_purchase=to_datetime(rfm.latest_us),
        latest_order_id=rfm.latest_order,
        order_count=rfm.order_count,
        order_value=f"{'-' if rfm.cents < 0 else ''}{abs(rfm.cents) // 100}.{abs(rfm.cents) % 100:02}",
        currency=alert.currency,
        model_version=alert.model_version,
    )
    return event(alert.id, alert.customer_id, TYPE_RAISED, body, body.at_risk_at)


class _Withdrawn(Struct, frozen=True):
    """The value of a withdrawal."""

    alert_id: str
    customer_id: str
    reason: str


def withdrawal_message(withdrawal: Withdrawal) -> Message:
    """Return the withdrawal as a CloudEvents message, keyed by customer."""
    customer_id, alert_id = withdrawal.customer_id, withdrawal.alert_id
    body = _Withdrawn(alert_id, customer_id, "erasure")
    return event(f"{alert_id}/withdrawn", customer_id, TYPE_WITHDRAWN, body, None)


def implied(
    customer_id: str, customer: Customer, schedule: Schedule, currency: str, clock: Clock
) -> list[Alert]:
    """Return the alerts that the orders imply at stream time: those crossed since alerts are published.

    Every silence is judged by what was known when it began, and one that an order has ended counts when the
    crossing came first. None counts before stream time has reached its crossing.
    """
    since_us = clock.alerts_since_us
    if since_us is None:
        return []
    reached_us = since_us if clock.now_us is None else clock.now_us + 1
    alerts = []
    for rfm, following in pairwise([*prefixes(customer), None]):
        ended_us = reached_us if following is None else min(following.latest_us, reached_us)
        if rfm is not None and ended_us > since_us:
            crossing = schedule.crossing(rfm, ended_us, clock.adoption_delay_us)
            if crossing is not None and crossing[0] > since_us:
                crossed_at_us, risk = crossing
                alerts.append(Alert(customer_id, rfm, crossed_at_us, risk.model_version, currency))
    return alerts


def next_crossing(customer: Customer, risk: Risk, now_us: int) -> int | None:
    """Return when stream time will next cross a silence that an order has ended, None for never.

    By the rules in force now: when others come, all customers are looked at again.
    """
    crossings = [
        crossed_us
        for rfm, following in pairwise(prefixes(customer))
        if following.latest_us > now_us
        and (crossed_us := risk.crossings(rfm).at_risk_at_us) is not None
        and now_us < crossed_us < following.latest_us
    ]
    return min(crossings, default=None)
