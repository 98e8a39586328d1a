"""What must be left of customers who were erased in the shop: receipts, withdrawals, and nothing else."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import psycopg
from confluent_kafka import Message

from stack.endpoints import Endpoints

RAISED, WITHDRAWN = b"retentioncast.alert.raised", b"retentioncast.alert.withdrawn"


def mismatches(endpoints: Endpoints, erased: set[str], alerts: list[Message]) -> list[str]:
    """Return a line for each receipt, tombstone or withdrawal that is missing, and each that is too much.

    That nobody who was erased has a row, the comparison of rows tells.
    """
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        receipts = {receipt for (receipt,) in analytics.execute("SELECT receipt FROM erasures")}
    expected = {sha256(id_.encode()).hexdigest(): id_ for id_ in erased}
    buried = {message.key().decode() for message in alerts if message.value() is None}
    return [
        *(f"erased, without a receipt: {expected[receipt]}" for receipt in expected.keys() - receipts),
        *(f"a receipt of nobody: {receipt}" for receipt in receipts - expected.keys()),
        *(f"erased, without a tombstone: {id_}" for id_ in erased - buried),
        *(f"a tombstone of somebody who was not erased: {id_}" for id_ in buried - erased),
        *withdrawal_mismatches(erased, alerts),
    ]


def remembered(store: Path, erased: set[str]) -> list[str]:
    """Return a line for each erased customer whom a recovery store, no flow on it, still knows."""
    lines = []
    for file in sorted(store.glob("part-*.sqlite3")):
        with closing(sqlite3.connect(file)) as connection:
            for step, key, change in connection.execute("SELECT step_id, state_key, ser_change FROM snaps"):
                lines += [
                    f"erased, but in the state of {step}, {key}: {id_}"
                    for id_ in erased
                    if change is not None and id_.encode() in change
                ]
    return lines


def withdrawal_mismatches(erased: set[str], alerts: list[Message]) -> list[str]:
    """Return a line for each customer of whom not all alerts are withdrawn if erased, and none if not."""
    raised, withdrawn = defaultdict(set), defaultdict(set)
    for message in alerts:
        headers = dict(message.headers())
        found = {RAISED: raised, WITHDRAWN: withdrawn}.get(headers.get("ce_type"))
        if found is not None:
            customer_id = message.key().decode()
            found[customer_id].add(headers["ce_id"].decode().removesuffix("/withdrawn"))
    return [
        f"alerts of {id_}: raised {sorted(raised[id_])}, withdrawn {sorted(withdrawn[id_])}"
        for id_ in sorted(erased | withdrawn.keys())
        if raised[id_] != withdrawn[id_] or id_ not in erased
        if raised[id_] or withdrawn[id_]
    ]
