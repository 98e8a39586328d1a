"""What an erasure must leave: a receipt, withdrawals, a tombstone as the last word, and no state."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import psycopg
from confluent_kafka import Message

from stack.endpoints import Endpoints
from tests.contract import alert_id_of
from tests.e2e.topics import is_by_hand

WITHDRAWN = b"retentioncast.alert.withdrawn"
# Of a step and a key the newest row is the state; older ones wait to be deleted.
STATES = """
    SELECT state_key, ser_change FROM snaps AS state
    WHERE ser_change IS NOT NULL AND snap_epoch = (
        SELECT max(snap_epoch) FROM snaps
        WHERE snaps.step_id = state.step_id AND snaps.state_key = state.state_key)
"""
# As its customer, or in any other column.
NAMED_PURCHASES = """
    SELECT erased.id, purchases::text FROM purchases, unnest(%(erased)s::text[]) AS erased (id)
    WHERE strpos(purchases::text, erased.id) > 0
"""
ALL = "SELECT state_key, ser_change FROM snaps WHERE ser_change IS NOT NULL"


def mismatches(endpoints: Endpoints, customers: list[Message], alerts: list[Message]) -> list[str]:
    """Compare receipts and what the alerts' topic says with the deletes on the customers' topic."""
    erased = _erased(customers)
    expected = {_receipt(id_) for id_ in erased}
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        receipts = Counter(receipt for (receipt,) in analytics.execute("SELECT receipt FROM erasures"))
        kept = analytics.execute(NAMED_PURCHASES, {"erased": sorted(erased)}).fetchall()
    return [
        *(f"receipt missing: {receipt}" for receipt in expected - receipts.keys()),
        *(f"receipt of nobody: {receipt}" for receipt in receipts.keys() - expected),
        *(f"{count} receipts: {receipt}" for receipt, count in receipts.items() if count > 1),
        *(f"erased, but named by a purchase: {line}" for line in kept),
        *topic_mismatches(erased, alerts),
    ]


def topic_mismatches(erased: set[str], alerts: list[Message]) -> list[str]:
    """Return a line for each withdrawal or tombstone that is missing, too much or out of order."""
    last: dict[str, str] = {}  # one key is on one partition, so in order
    stands: dict[str, bool] = {}  # by alert
    withdrawn, buried = set(), set()
    for message in alerts:
        headers = dict(message.headers())
        last[message.key().decode()] = id_ = headers["ce_id"].decode()
        if "ce_type" not in headers:
            buried.add(id_.partition("/")[0])
            continue
        alert_id = alert_id_of(id_)
        stands[alert_id] = headers["ce_type"] != WITHDRAWN
        if "/withdrawn/erasure/" in id_:
            withdrawn.add(alert_id)
    return [
        *(
            f"not withdrawn: {id_}"
            for id_, it_stands in stands.items()
            if it_stands and _owner(id_) in erased
        ),
        *(f"withdrawn, but not due: {id_}" for id_ in withdrawn if _owner(id_) not in erased),
        *(f"tombstone of nobody: {receipt}" for receipt in buried - {_receipt(id_) for id_ in erased}),
        *(
            f"the last word on {id_}, who was erased, is {last.get(id_)}"
            for id_ in erased
            if not last.get(id_, "").startswith(f"{_receipt(id_)}/")
        ),
    ]


def remembered(store: Path, erased: set[str]) -> list[str]:
    """Return a line for each state in the recovery store that still names somebody erased."""
    return [f"erased, but in the state of {key}: {id_}" for id_, key in _named(store, erased, STATES)]


def residue(store: Path, erased: set[str]) -> dict[str, int]:
    """Return how many of those erased are still named where nothing reads them any more, by place."""
    found: dict[str, int] = {"rows": len({id_ for id_, _ in _named(store, erased, ALL)})}
    for suffix in ("sqlite3", "sqlite3-wal"):
        content = b"".join(file.read_bytes() for file in sorted(store.glob(f"part-*.{suffix}")))
        found[suffix] = sum(id_.encode() in content for id_ in erased)
    return found


def _erased(customers: list[Message]) -> set[str]:
    """Return whose row was deleted; no id is given twice."""
    changes = [json.loads(m.value()) for m in customers if m.value() and not is_by_hand(m)]
    return {change["before"]["id"] for change in changes if change["op"] == "d"}


def _named(store: Path, erased: set[str], query: str) -> list[tuple[str, str]]:
    found = []
    for file in sorted(store.glob("part-*.sqlite3")):
        uri = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=60)) as connection:
            for key, change in connection.execute(query):
                found += [(id_, key) for id_ in erased if id_.encode() in change]
    return found


def _owner(alert_id: str) -> str:
    return alert_id.partition("/")[0]


def _receipt(customer_id: str) -> str:
    return sha256(customer_id.encode()).hexdigest()
