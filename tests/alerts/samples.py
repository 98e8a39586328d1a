"""Messages as they are on the topic, by its contract."""

import json
from dataclasses import dataclass

ALERT = {
    "alert_id": "4711/90210",
    "customer_id": "4711",
    "status": "open",
    "suppressed_by": None,
    "level": "AT_RISK",
    "raised_at": "2026-05-03T09:12:44.018211Z",
    "escalated_at": None,
    "resolved_at": None,
    "resolved_after_seconds": None,
    "resolved_by_order_id": None,
    "resolved_by_order_value": None,
    "first_purchase": "2025-11-02T10:00:00Z",
    "latest_purchase": "2026-03-12T18:30:11Z",
    "latest_order_id": "90210",
    "order_count": 5,
    "order_value": "231.40",
    "currency": "EUR",
    "value_at_risk": "57.31",
    "campaign": "winback",
    "arm": "treatment",
    "model_version": "mbg-nbd:0.6371,51.17,0.8075,1.2284",
    "told_at": "2026-05-03T09:12:45Z",
}
ESCALATED_AT = "2026-06-10T18:30:11Z"
RESOLUTION = {
    "status": "resolved",
    "resolved_at": "2026-05-16T10:12:44.018211Z",
    "resolved_after_seconds": 1126800.0,
    "resolved_by_order_id": "90455",
    "resolved_by_order_value": "19.90",
    "told_at": "2026-05-16T10:12:45Z",
}


@dataclass(frozen=True)
class Sample:
    """A message: what a producer takes."""

    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


def raised(**changes):
    return alert("raised", "raised_at", **changes)


def escalated(**changes):
    told_at = "2026-06-10T18:30:12Z"
    return alert(
        "escalated",
        "escalated_at",
        **{"level": "LAPSED", "escalated_at": ESCALATED_AT, "told_at": told_at, **changes},
    )


def resolved(**changes):
    return alert("resolved", "resolved_at", **{**RESOLUTION, **changes})


def revised(**changes):
    return alert("revised", "told_at", **{"told_at": "2026-05-04T08:00:00Z", **changes})


def suppressed(**changes):
    return alert("suppressed", "raised_at", **{"suppressed_by": "cooldown", **changes})


def withdrawn(customer_id="4711", order_id="90210", reason="order-gone", level="AT_RISK", arm="treatment"):
    erased = reason == "erasure"
    told_at = None if erased else "2026-05-05T11:00:00Z"
    body = {
        "alert_id": alert_id(customer_id, order_id),
        "customer_id": customer_id,
        "status": "withdrawn",
        "reason": reason,
        "told_at": told_at,
    }
    headers = _headers(body, "withdrawn", told_at, level, arm)
    return Sample(customer_id.encode(), _json(body), headers)


def alert_id(customer_id, order_id):
    return f"{customer_id.replace('%', '%25').replace('/', '%2F')}/{order_id}"


def tombstone(customer_id="4711"):
    return Sample(customer_id.encode(), None, [("ce_id", f"{customer_id}/tombstone".encode())])


def alert(word, happened_at, **changes):
    """An alert of a type, whose ce_time is the field `happened_at`; the id follows the customer and order."""
    body = {**ALERT, **changes}
    body["alert_id"] = alert_id(body["customer_id"], body["latest_order_id"])
    headers = _headers(body, word, body[happened_at], body["level"], body["arm"])
    return Sample(body["customer_id"].encode(), _json(body), headers)


def _headers(body, word, time, level, arm):
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{body['alert_id']}/{word}/{body['told_at'] or 'erasure/30'}".encode()),
        ("ce_type", f"retentioncast.alert.{word}".encode()),
        ("ce_source", b"/retentioncast"),
        ("ce_subject", body["customer_id"].encode()),
        ("content-type", b"application/json"),
        ("ce_arm", arm.encode()),
        ("ce_level", level.encode()),
    ]
    return headers if time is None else [*headers, ("ce_time", time.encode())]


def _json(body):
    return json.dumps(body, separators=(",", ":")).encode()
