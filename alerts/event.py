"""What a message of the alerts' topic says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

PREFIX = b"retentioncast.alert."
SUPPRESSED, WITHDRAWN = "suppressed", "withdrawn"
TYPES = ("raised", "escalated", "resolved", "revised", SUPPRESSED, WITHDRAWN)

Instant = Annotated[datetime, Meta(tz=True)]
Headers = Sequence[tuple[str, bytes | None]]


class NotAnAlertError(ValueError):
    """A message is none that the contract of the topic knows; the words say why."""


class Alert(Struct, frozen=True, kw_only=True):
    """An alert as it stands; amounts are decimal strings."""

    alert_id: str
    customer_id: str
    status: Literal["open", "resolved"]
    suppressed_by: Literal["cooldown", "budget"] | None
    level: Literal["AT_RISK", "LAPSED"]
    raised_at: Instant
    escalated_at: Instant | None
    resolved_at: Instant | None
    resolved_after_seconds: float | None
    resolved_by_order_id: str | None
    resolved_by_order_value: str | None
    first_purchase: Instant
    latest_purchase: Instant
    latest_order_id: str
    order_count: int
    order_value: str
    currency: str
    value_at_risk: str
    campaign: str
    arm: Literal["treatment", "control"]
    model_version: str
    told_at: Instant


class Withdrawal(Struct, frozen=True, kw_only=True):
    """What has become of an alert that should not have been."""

    alert_id: str
    customer_id: str
    status: Literal["withdrawn"]
    reason: str
    told_at: Instant | None


class Event(Struct, frozen=True):
    """One message: what has happened to an alert, and when in the shop's time (None: it does not say).

    `level` and `arm` are the alert's, of one that is withdrawn as they were told before.
    """

    type: str
    happened_at: datetime | None
    level: str
    arm: str
    body: Alert | Withdrawal
    value: bytes


_ALERT = msgspec.json.Decoder(Alert)
_WITHDRAWAL = msgspec.json.Decoder(Withdrawal)


def from_message(headers: Headers | None, value: bytes) -> Event:
    """Return the event of a message; raise NotAnAlertError for a message that is none."""
    named = dict(headers or [])
    type_ = (named.get("ce_type") or b"").removeprefix(PREFIX).decode(errors="replace")
    if type_ not in TYPES:
        msg = f"its ce_type is {named.get('ce_type')!r}"
        raise NotAnAlertError(msg)
    time = named.get("ce_time")
    try:
        body = _WITHDRAWAL.decode(value) if type_ == WITHDRAWN else _ALERT.decode(value)
        happened_at = None if time is None else msgspec.convert(time.decode(), Instant)
    # RecursionError: brackets nested too deep.
    except (ValueError, RecursionError) as error:
        msg = f"it does not say what a {type_} alert says: {error}"
        raise NotAnAlertError(msg) from error
    level, arm = ((named.get(name) or b"").decode(errors="replace") for name in ("ce_level", "ce_arm"))
    return Event(type_, happened_at, level, arm, body, value)


def to_json(event: Event) -> bytes:
    """Return the value as it was read, in one line and with the type before all else."""
    return msgspec.json.encode({"type": event.type, **msgspec.json.decode(event.value)})
