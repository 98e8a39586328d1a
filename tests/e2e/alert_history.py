"""The alerts' topic from its beginning: what was told of each alert, and where the contract is broken."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from confluent_kafka import Message

from tests.contract import is_id_of

TYPE = "retentioncast.alert."
Body = dict[str, Any]
FIELDS = (
    *("alert_id", "customer_id", "status", "suppressed_by", "level"),
    *("raised_at", "escalated_at", "resolved_at", "resolved_after_seconds"),
    *("resolved_by_order_id", "resolved_by_order_value"),
    *("first_purchase", "latest_purchase", "latest_order_id", "order_count", "order_value", "currency"),
    *("value_at_risk", "campaign", "arm", "model_version", "told_at"),
)
WITHDRAWN_FIELDS = ("alert_id", "customer_id", "status", "reason", "told_at")
ERASURE = "erasure"


class History:
    """The messages that have been read: `last` of each alert that was `told`, `types`, and what is `wrong`.

    `times` are the instants that stream time has had, as far back as is known: the topic that says so may
    have been emptied. An erasure forgets the customer's alerts.
    """

    def __init__(self, messages: Iterable[Message], times: Collection[datetime]) -> None:
        self.last: dict[str, Body] = {}
        self.told: set[str] = set()
        self.types: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._times, self._since = times, min(times)
        self._told_at: dict[str, datetime] = {}  # by customer
        self._before_withdrawal: dict[str, Body] = {}  # by alert: the last that was no withdrawal
        written: Counter[str] = Counter()
        for message in messages:
            id_ = dict(message.headers())["ce_id"].decode()
            written[id_] += 1
            self.wrong += [f"{id_}: {what}" for what in self._read(message)]
        self.wrong += [f"written {count} times: {id_}" for id_, count in written.items() if count > 1]

    def standing(self) -> dict[str, Body]:
        """Return the alerts that were not withdrawn, by id."""
        return {id_: body for id_, body in self.last.items() if body["status"] != "withdrawn"}

    def withdrawn(self) -> dict[str, str]:
        """Return the reasons of those that were, by id."""
        return {id_: body["reason"] for id_, body in self.last.items() if body["status"] == "withdrawn"}

    def _read(self, message: Message) -> Iterator[str]:
        headers = {name: value.decode() for name, value in message.headers()}
        if message.value() is None:
            yield from self._bury(message.key().decode(), headers)
            return
        body = json.loads(message.value())
        fields = WITHDRAWN_FIELDS if body.get("status") == "withdrawn" else FIELDS
        if tuple(body) != fields:
            yield f"its fields are {', '.join(body)}"
            return
        alert_id = body["alert_id"]
        before = self.last.get(alert_id)
        kind = type_of(before, body)
        self.types[kind] += 1
        self.told.add(alert_id)
        if kind != "withdrawn":
            self._before_withdrawal[alert_id] = body
        id_ = headers.pop("ce_id")
        if not is_id_of(id_, kind, body):
            yield f"header ce_id is {id_}"
        yield from _unlike(headers, expected_headers(kind, body, self._before_withdrawal.get(alert_id, body)))
        if message.key().decode() != body["customer_id"]:
            yield f"its key is {message.key()!r}"
        yield from self._order(before, body)
        yield from self._told(body)
        self.last[alert_id] = body

    def _bury(self, customer_id: str, headers: dict[str, str]) -> Iterator[str]:
        """Forget an erased customer."""
        if headers.keys() != {"ce_id"}:
            yield f"a tombstone with headers {', '.join(headers)}"
        mine = [id_ for id_, body in self.last.items() if body["customer_id"] == customer_id]
        for id_ in mine:
            if self.last.pop(id_)["status"] != "withdrawn":
                yield f"buries {id_}, which was not withdrawn"
            self.told.discard(id_)

    def _order(self, before: Body | None, body: Body) -> Iterator[str]:
        """Say where a message comes for nothing: told before, or withdrawn what was not told."""
        was_withdrawn = before is None or before["status"] == "withdrawn"
        if body["status"] == "withdrawn":
            # The erasure of somebody whose alert an edit has taken back may say so once more, also when that
            # has been buried.
            if was_withdrawn and body["reason"] != ERASURE:
                yield "withdrawn, but nothing stood"
        elif before is not None and before | {"told_at": ""} == body | {"told_at": ""}:
            yield "told before"

    def _told(self, body: Body) -> Iterator[str]:
        if body["told_at"] is None:
            if body.get("reason") != ERASURE:
                yield "told at no time"
            return
        told_at = datetime.fromisoformat(body["told_at"])
        if told_at >= self._since and told_at not in self._times:
            yield f"told at {told_at}, which was no stream time"
        for name in ("raised_at", "escalated_at", "resolved_at"):
            if body.get(name) is not None and datetime.fromisoformat(body[name]) > told_at:
                yield f"told before {name}"
        if body.get("reason") == ERASURE:  # told at once, by a replay perhaps earlier
            return
        before = self._told_at.setdefault(body["customer_id"], told_at)
        if told_at < before:
            yield f"told at {told_at}, after another of its customer at {before}"
        self._told_at[body["customer_id"]] = told_at


def type_of(before: Body | None, body: Body) -> str:
    """Return the last word of a message's type, by what the topic said of the alert before."""
    if body["status"] == "withdrawn":
        return "withdrawn"
    if body["suppressed_by"] is not None:
        return "suppressed"
    is_told = before is not None and before["status"] != "withdrawn" and before["suppressed_by"] is None
    if not is_told or before["status"] != body["status"]:
        return "raised" if body["status"] == "open" else "resolved"
    is_escalated = body["status"] == "open" and (before["level"], body["level"]) == ("AT_RISK", "LAPSED")
    return "escalated" if is_escalated else "revised"


def happened_at(kind: str, body: Body) -> str | None:
    """Return the instant of what a message says, in the shop's time."""
    if kind in ("withdrawn", "revised"):
        return body["told_at"]
    if kind == "escalated":  # by an edit, a silence may be LAPSED without having been AT_RISK
        return body["escalated_at"] or body["told_at"]
    return body["resolved_at"] if kind == "resolved" else body["raised_at"]


def expected_headers(kind: str, body: Body, alert: Body) -> dict[str, str]:
    """Return the headers that a message must have beside its id.

    `alert` is its body, or what stood before a withdrawal.
    """
    headers = {
        "ce_specversion": "1.0",
        "ce_type": TYPE + kind,
        "ce_source": "/retentioncast",
        "ce_subject": body["customer_id"],
        "ce_time": happened_at(kind, body),
        "content-type": "application/json",
        "ce_arm": alert.get("arm"),
        "ce_level": alert.get("level"),
    }
    return {name: value for name, value in headers.items() if value is not None}


def _unlike(headers: dict[str, str], expected: dict[str, str]) -> Iterator[str]:
    for name in headers.keys() | expected.keys():
        if headers.get(name) != expected.get(name):
            yield f"header {name} is {headers.get(name)}, expected {expected.get(name)}"
