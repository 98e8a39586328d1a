"""The round's end: everything the flow has written, against the shop and against the topics."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Message

from stack.endpoints import Endpoints
from tests.crash import erasures
from tests.crash.world import HEARTBEAT_TABLE, TABLES
from tests.e2e import compare
from tests.e2e.change_log import COUNTED, ChangeLog
from tests.e2e.topics import is_by_hand, read_all

PURCHASES = Path(__file__).with_name("purchases.sql")
CURRENCIES = ("EUR", "USD")


@dataclass(frozen=True)
class Findings:
    """What is not as it must be, a line each; and how much there was, and how much came twice."""

    rows: list[str]
    days: list[str]
    alerts: list[str]
    rejects: list[str]
    erasures: list[str]
    changes: int
    repeated_changes: int
    alert_count: int
    withdrawal_count: int
    reject_count: int

    def lines(self) -> list[str]:
        """Return all that is wrong."""
        return [
            *self.rows,
            *self.days,
            *self.alerts,
            *self.rejects,
            *self.erasures,
        ]


def findings(endpoints: Endpoints, store: Path, garbage: dict[bytes, bytes], erased: set[str]) -> Findings:
    """Compare rows, alerts, rejects, and what is left of whom the shop has erased.

    `garbage` holds the reasons of records put there by hand, by key.
    """
    bootstrap = endpoints.kafka_bootstrap
    log = ChangeLog.read(bootstrap, "crash.orders", "crash.customers", CURRENCIES)
    by_table = {table: read_all(bootstrap, f"shop.{table}") for table in (*TABLES, HEARTBEAT_TABLE)}
    records = [record for table in by_table.values() for record in table]
    rejects = read_all(bootstrap, "retentioncast.rejects")
    messages = read_all(bootstrap, "retentioncast.alerts")
    types = Counter(dict(message.headers()).get("ce_type") for message in messages)
    return Findings(
        rows=compare.row_mismatches(endpoints, PURCHASES),
        days=compare.store_mismatches(endpoints, purchases=PURCHASES),
        alerts=compare.alert_mismatches(endpoints, purchases=PURCHASES, log=log),
        rejects=reject_mismatches(records, rejects, garbage),
        erasures=[
            *erasures.mismatches(endpoints, by_table["crash.customers"], messages),
            *erasures.remembered(store, erased),
        ],
        changes=len(records),
        repeated_changes=repeats(records),
        alert_count=types[b"retentioncast.alert.raised"],
        withdrawal_count=types[erasures.WITHDRAWN],
        reject_count=len(rejects),
    )


def reject_mismatches(
    records: list[Message], rejects: list[Message], garbage: dict[bytes, bytes]
) -> list[str]:
    """Return a line for each reject that is missing, repeated, altered, wrongly reasoned or not expected."""
    expected = {}
    for record in records:
        reason = garbage[record.key()] if record.key() in garbage else _reason(record)
        if reason is not None:
            expected[_place(record)] = (record.key(), record.value(), reason)
    found = {}
    wrong = []
    for reject in rejects:
        headers = dict(reject.headers())
        place = (headers["rc.topic"].decode(), int(headers["rc.partition"]), int(headers["rc.offset"]))
        if place in found:
            wrong.append(f"rejected twice: {place}")
        found[place] = (reject.key(), reject.value(), headers["rc.reason"])
    wrong += [
        f"reject of {place}: found {found.get(place)}, expected {expected.get(place)}"
        for place in sorted(found.keys() | expected.keys())
        if found.get(place) != expected.get(place)
    ]
    put = {record.key() for record in records if is_by_hand(record)}
    return wrong + [f"not on its topic: {key!r}" for key in garbage.keys() - put]


def repeats(records: list[Message]) -> int:
    """Return how many of the connector's records repeat another: the same row's, at the same LSN."""
    seen = Counter()
    for record in records:
        if record.value() and not is_by_hand(record):
            change = json.loads(record.value())
            seen[record.topic(), record.key(), change["source"]["lsn"], change["op"]] += 1
    return seen.total() - len(seen)


def _reason(record: Message) -> bytes | None:
    """Return why a record of the connector's is refused: only what counts needs a rate."""
    if record.topic() != "shop.crash.orders" or not record.value():
        return None
    after = json.loads(record.value())["after"]
    is_unrated = after is not None and after["currency"] not in CURRENCIES
    return b"currency" if is_unrated and after["status"] in COUNTED else None


def _place(record: Message) -> tuple[str, int, int]:
    return record.topic(), record.partition(), record.offset()
