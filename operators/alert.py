"""The alerts that a customer's orders imply.

An alert belongs to a silence: it is raised when the customer becomes at risk or lapses, it escalates when one
at risk lapses, and the next order resolves it. All of it is a function of the orders as they stand, the
versions of the model and stream time: whoever reads the same orders up to the same time finds the same
alerts, with the same ids, whether live, late, or replayed from the beginning.
"""

from itertools import pairwise

from msgspec import Struct

from operators.alert_body import Arm, Level, Reason, Suppression, id_of
from operators.clock import Clock
from operators.instant import DAY_US
from operators.policy import Policy
from operators.rfm import Customer, Rfm, prefixes
from operators.risk import Risk
from operators.schedule import Schedule


class Return(Struct, frozen=True, gc=False):
    """The order that ended a silence."""

    order_id: str
    placed_at_us: int
    cents: int


class Alert(Struct, frozen=True, gc=False):
    """A silence after the last order of `rfm` that has made its customer at risk, or lapsed.

    `escalated_at_us`: when one raised at risk has lapsed. `returned`: what has resolved it.
    """

    customer_id: str
    rfm: Rfm
    raised_at_us: int
    escalated_at_us: int | None
    level: Level
    returned: Return | None
    model_version: str
    value_at_risk_cents: int
    arm: Arm
    suppressed_by: Suppression | None

    @property
    def id(self) -> str:
        """The same for the same silence, however often it is computed."""
        return id_of(self.customer_id, self.rfm.latest_order)


def implied(
    customer_id: str, customer: Customer, schedule: Schedule, policy: Policy, clock: Clock
) -> dict[str, Alert]:
    """Return the alerts that the orders imply at stream time, by the last order of each silence.

    Those raised since alerts are published. Every silence is judged by what was known when it began, and one
    that an order has ended counts when the crossing came first. None counts before stream time has reached
    its crossing.
    """
    now_us, since_us = clock.now_us, clock.alerts_since_us
    if now_us is None or since_us is None:
        return {}
    found: dict[str, Alert] = {}
    published_us = customer.folded_raised_us
    for rfm, following in pairwise([*prefixes(customer), None]):
        assert rfm is not None, "only the last is None"  # noqa: S101
        ended_us = now_us + 1 if following is None else min(following.latest_us, now_us + 1)
        raised = _raised(rfm, ended_us, schedule, clock) if ended_us > since_us else None
        if raised is None or raised[0] <= since_us:
            continue
        raised_at_us, level, risk = raised
        value_at_risk_cents = risk.value_at_risk_cents(rfm, raised_at_us)
        suppressed_by: Suppression | None = None
        if published_us is not None and raised_at_us - published_us < policy.cooldown_days * DAY_US:
            suppressed_by = "cooldown"
        elif value_at_risk_cents < schedule.least_cents(raised_at_us):
            suppressed_by = "budget"
        else:
            published_us = raised_at_us
        lapsed_at_us = risk.lapsed_at_us(rfm)
        is_escalated = level == "AT_RISK" and lapsed_at_us < ended_us
        found[rfm.latest_order] = Alert(
            customer_id=customer_id,
            rfm=rfm,
            raised_at_us=raised_at_us,
            escalated_at_us=lapsed_at_us if is_escalated else None,
            level="LAPSED" if is_escalated else level,
            returned=_return(customer, following, now_us),
            model_version=risk.model_version,
            value_at_risk_cents=value_at_risk_cents,
            arm=policy.arm_of(customer_id),
            suppressed_by=suppressed_by,
        )
    return found


def _raised(rfm: Rfm, ended_us: int, schedule: Schedule, clock: Clock) -> tuple[int, Level, Risk] | None:
    """Return the first instant of a silence at which an alert is due, None where it ends before."""
    delay_us = clock.adoption_delay_us
    lapsed_at_us = schedule.at(rfm.latest_us, delay_us).lapsed_at_us(rfm)
    crossing = schedule.crossing(rfm, min(ended_us, lapsed_at_us), delay_us)
    if crossing is not None:
        return crossing[0], "AT_RISK", crossing[1]
    if lapsed_at_us < ended_us:
        return lapsed_at_us, "LAPSED", schedule.at(lapsed_at_us, delay_us)
    return None


def reason_gone(customer: Customer, order_id: str, schedule: Schedule, clock: Clock) -> Reason:
    """Return why there is no alert any more on the silence that followed an order."""
    for rfm, following in pairwise([*prefixes(customer), None]):
        if rfm is not None and rfm.latest_order == order_id:
            if following is not None and _raised(rfm, following.latest_us, schedule, clock) is None:
                return "earlier-order"
            return "history-changed"
    return "order-gone"


def _return(customer: Customer, following: Rfm | None, now_us: int) -> Return | None:
    """Return the order that has ended a silence by now."""
    if following is None or following.latest_us > now_us:
        return None
    cents = customer.orders[following.latest_order_id].cents
    return Return(following.latest_order, following.latest_us, cents)


def next_change_us(customer: Customer, schedule: Schedule, clock: Clock) -> int | None:
    """Return when stream time will next change an alert on a silence that an order ends, None for never.

    Such orders lie ahead of stream time. When other versions come into force, all customers are looked at
    again.
    """
    now_us = clock.now_us or 0
    ahead: list[int] = []
    for rfm, following in pairwise(prefixes(customer)):
        ended_us = following.latest_us
        raised = _raised(rfm, ended_us, schedule, clock) if ended_us > now_us else None
        if raised is not None:
            raised_at_us, _, risk = raised
            changes_us = (raised_at_us, risk.lapsed_at_us(rfm), ended_us)
            ahead += [at_us for at_us in changes_us if now_us < at_us <= ended_us]
    return min(ahead, default=None)
