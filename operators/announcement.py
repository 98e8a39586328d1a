"""What the alerts' topic is told: how the alerts that the orders imply differ from what it was told before.

So the last message of an alert's id is the alert as it stands, after any edit, crash or replay.
"""

from typing import Literal

from msgspec import Struct

from operators.alert import Alert
from operators.alert_body import AlertBody, Arm, Body, Level, Reason, WithdrawnBody, amount, id_of
from operators.instant import to_datetime, to_text
from operators.message import Message, event
from operators.policy import Policy
from operators.told import Told, told_of

Kind = Literal["raised", "escalated", "resolved", "revised", "suppressed", "withdrawn"]


class Announcement(Struct, frozen=True, gc=False):
    """One message to the topic, told at stream time `told_at_us` of what happened at `at_us`.

    Both are None only of an erasure before the first heartbeat. `level` and `arm` are the alert's; of one
    that is withdrawn, the last that was told. `erased_version`: the change that erased the customer.
    `corrects`: the offset of what a run that crashed has told of the alert, perhaps at the same instant and
    with a name that would be the same.
    """

    kind: Kind
    at_us: int | None
    told_at_us: int | None
    level: Level
    arm: Arm
    body: Body
    erased_version: int | None = None
    corrects: int | None = None


def body_of(alert: Alert, policy: Policy, told_at_us: int) -> AlertBody:
    """Return an alert as the topic is told it."""
    rfm, returned = alert.rfm, alert.returned
    return AlertBody(
        alert_id=alert.id,
        customer_id=alert.customer_id,
        status="open" if returned is None else "resolved",
        suppressed_by=alert.suppressed_by,
        level=alert.level,
        raised_at=to_datetime(alert.raised_at_us),
        escalated_at=None if alert.escalated_at_us is None else to_datetime(alert.escalated_at_us),
        resolved_at=None if returned is None else to_datetime(returned.placed_at_us),
        resolved_after_seconds=None
        if returned is None
        else (returned.placed_at_us - alert.raised_at_us) / 1e6,
        resolved_by_order_id=None if returned is None else returned.order_id,
        resolved_by_order_value=None if returned is None else amount(returned.cents),
        first_purchase=to_datetime(rfm.first_us),
        latest_purchase=to_datetime(rfm.latest_us),
        latest_order_id=rfm.latest_order,
        order_count=rfm.order_count,
        order_value=amount(rfm.cents),
        currency=policy.currency,
        value_at_risk=amount(alert.value_at_risk_cents),
        campaign=policy.campaign,
        arm=alert.arm,
        model_version=alert.model_version,
        told_at=to_datetime(told_at_us),
    )


def announce(alert: Alert, told: Told | None, policy: Policy, now_us: int) -> Announcement | None:
    """Return what the topic must be told of an alert that stands: nothing where it knows."""
    body = body_of(alert, policy, now_us)
    new = told_of(body)
    if new == told:
        return None
    kind = _kind(new, told)
    instants_us = {
        "raised": alert.raised_at_us,
        "suppressed": alert.raised_at_us,
        "escalated": alert.escalated_at_us,
        "resolved": None if alert.returned is None else alert.returned.placed_at_us,
    }
    at_us = instants_us.get(kind)
    at_us = now_us if at_us is None else at_us
    return Announcement(kind, at_us, now_us, body.level, body.arm, body)


def _kind(new: Told, told: Told | None) -> Kind:
    if new.status == "suppressed":
        return "suppressed"
    was_open = told is not None and told.status == "open"
    if new.status == "resolved":
        return "revised" if told is not None and told.status == "resolved" else "resolved"
    if not was_open:
        return "raised"
    return "escalated" if told is not None and (told.level, new.level) == ("AT_RISK", "LAPSED") else "revised"


def withdraw(
    customer_id: str, order_id: str, reason: Reason, level: Level | None, policy: Policy, now_us: int | None
) -> Announcement:
    """Return what the topic must be told of an alert that no longer stands; `level` was told last."""
    assert level is not None, "only of one that is withdrawn already"  # noqa: S101
    body = WithdrawnBody(
        alert_id=id_of(customer_id, order_id),
        customer_id=customer_id,
        reason=reason,
        told_at=None if now_us is None else to_datetime(now_us),
    )
    return Announcement("withdrawn", now_us, now_us, level, policy.arm_of(customer_id), body)


def to_message(announcement: Announcement) -> Message:
    """Return the announcement as a CloudEvents message, keyed by customer."""
    body, kind = announcement.body, announcement.kind
    at_us, told_at_us = announcement.at_us, announcement.told_at_us
    # An erasure is told at once, and by a replay perhaps at another stream time: the sink knows it by its id.
    told = "" if told_at_us is None else to_text(told_at_us)
    if announcement.erased_version is not None:
        told = f"erasure/{announcement.erased_version}"
    if announcement.corrects is not None:
        told = f"{told}/after-{announcement.corrects}"
    type_ = f"retentioncast.alert.{kind}".encode()
    time = None if at_us is None else to_datetime(at_us)
    message = event(f"{body.alert_id}/{kind}/{told}", body.customer_id, type_, body, time)
    message.headers.extend([("ce_arm", announcement.arm.encode()), ("ce_level", announcement.level.encode())])
    return message
