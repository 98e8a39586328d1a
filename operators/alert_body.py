"""What a message of the alerts' topic says: its value, in JSON.

`docs/alerts.schema.json` is the same for subscribers.
"""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from operators.shop import Currency
from operators.version import Instant, Name

# In UTF-8. The tables' primary keys hold two ids, one with three more of merges or escaped: Postgres's btree
# takes 2,704 bytes.
KEY_BYTES_MAX = 250

AlertId = Annotated[str, Meta(pattern=r"\A[^\x00]*\Z", max_length=4 * KEY_BYTES_MAX + 1)]
Key = Annotated[str, Meta(pattern=r"\A[^\x00]*\Z", max_length=KEY_BYTES_MAX)]
Campaign = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f]+\Z", max_length=200)]
# No more digits than table `alerts` holds.
Amount = Annotated[str, Meta(pattern=r"\A-?(0|[1-9][0-9]{0,17})\.[0-9]{2}\Z")]
Worth = Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]{0,17})\.[0-9]{2}\Z")]

Suppression = Literal["cooldown", "budget"]
Level = Literal["AT_RISK", "LAPSED"]
Arm = Literal["treatment", "control"]
Reason = Literal["order-gone", "earlier-order", "history-changed", "erasure"]


class AlertBody(Struct, frozen=True, gc=False, kw_only=True):
    """The alert on one silence of one customer, as the shop's tables imply it; instants are in UTC.

    `level` is the highest that the silence has reached; `told_at` is the emission in stream time, all else
    is a function of the orders.
    """

    alert_id: AlertId
    customer_id: Key
    status: Literal["open", "resolved"]
    suppressed_by: Suppression | None
    level: Level
    raised_at: Instant
    escalated_at: Instant | None
    resolved_at: Instant | None
    resolved_after_seconds: Annotated[float, Meta(ge=0)] | None
    resolved_by_order_id: Key | None
    resolved_by_order_value: Amount | None
    first_purchase: Instant
    latest_purchase: Instant
    latest_order_id: Key
    order_count: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    order_value: Amount
    currency: Currency
    value_at_risk: Worth
    campaign: Campaign
    arm: Arm
    model_version: Name
    told_at: Instant


class WithdrawnBody(Struct, frozen=True, gc=False, kw_only=True):
    """An alert that was told, and that the shop's tables do not imply any more."""

    alert_id: AlertId
    customer_id: Key
    status: Literal["withdrawn"] = "withdrawn"
    reason: Reason
    told_at: Instant | None


class _Kind(Struct, frozen=True):
    """What tells a withdrawal from an alert."""

    status: str


Body = AlertBody | WithdrawnBody

_KIND = msgspec.json.Decoder(_Kind)
_ALERT = msgspec.json.Decoder(AlertBody)
_WITHDRAWN = msgspec.json.Decoder(WithdrawnBody)


def id_of(customer_id: str, order_id: str) -> str:
    """Return the id of the alert on the silence that followed an order; no two have the same."""
    return f"{customer_id.replace('%', '%25').replace('/', '%2F')}/{order_id}"


def amount(cents: int) -> str:
    """Return the cents as a decimal string with two digits."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def to_json(body: Body) -> bytes:
    """Return the message's value."""
    return msgspec.json.encode(body)


def digest(body: Body) -> bytes:
    """Return eight bytes that are the same for the same alert, whenever it is told."""
    known, _, _ = to_json(body).rpartition(b',"told_at":')  # the last field of both
    return blake2b(known, digest_size=8).digest()


def from_json(value: bytes) -> Body:
    """Return what a message's value says; raise ValueError, which says why, for anything else."""
    try:
        if _KIND.decode(value).status == "withdrawn":
            return _withdrawn(_WITHDRAWN.decode(value))
        return _alert(_ALERT.decode(value))
    # Among the former are msgspec's own errors; an offset may lead out of the calendar, brackets too deep.
    except (ValueError, OverflowError, RecursionError) as error:
        msg = f"neither an alert nor its withdrawal: {error}"
        raise ValueError(msg) from error


def _alert(body: AlertBody) -> AlertBody:
    """Return the alert, whose fields must agree with each other."""
    if body.alert_id != id_of(body.customer_id, body.latest_order_id):
        msg = "alert_id must be customer_id/latest_order_id, with % and / escaped in the former"
        raise ValueError(msg)
    if body.level == "AT_RISK" and body.escalated_at is not None:
        msg = "an alert that was escalated is LAPSED"
        raise ValueError(msg)
    resolution = (
        body.resolved_at,
        body.resolved_after_seconds,
        body.resolved_by_order_id,
        body.resolved_by_order_value,
    )
    if [part is not None for part in resolution] != [body.status == "resolved"] * 4:
        msg = "all of resolved_… must be given where the status is resolved, and none elsewhere"
        raise ValueError(msg)
    _refuse_other_zones(body)
    return body


def _withdrawn(body: WithdrawnBody) -> WithdrawnBody:
    """Return the withdrawal, whose fields must agree with each other."""
    if not body.alert_id.startswith(id_of(body.customer_id, "")):
        msg = "alert_id must begin with customer_id/, with % and / escaped"
        raise ValueError(msg)
    _refuse_other_zones(body)
    return body


def _refuse_other_zones(body: Body) -> None:
    """Raise ValueError unless every instant is in UTC: another way to write it would be another digest."""
    for name in body.__struct_fields__:
        instant = getattr(body, name)
        if isinstance(instant, datetime) and instant.tzinfo is not UTC:
            msg = f"{name} is not in UTC"
            raise ValueError(msg)
