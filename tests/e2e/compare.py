"""The flow's results against a recompute from the shop's own tables."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from stack.endpoints import Endpoints
from tests.e2e.change_log import ChangeLog
from tests.e2e.topics import read_all

HERE = Path(__file__).parent
ROWS = """
    SELECT customer_id, first_purchase, latest_purchase, recency, frequency, order_count, order_value,
           state, state_since, overdue_at, at_risk_at
    FROM rfm ORDER BY customer_id
"""
ROUNDING = timedelta(milliseconds=1)  # of a crossing: both sides compute in double precision


def stream_time(endpoints: Endpoints) -> tuple[datetime, datetime]:
    """Return stream time, and the instant since which alerts are published."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        return analytics.execute("SELECT now, alerts_since FROM stream_time").fetchone()


def row_mismatches(endpoints: Endpoints) -> list[str]:
    """Return a line for each customer whose row is not what the shop's tables say."""
    now, _ = stream_time(endpoints)
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        rows = {row[0]: row for row in analytics.execute(ROWS)}
    with psycopg.connect(endpoints.shop_dsn) as shop:
        oracle = {row[0]: row for row in shop.execute((HERE / "oracle.sql").read_text(), {"now": now})}
    return [
        f"customer {customer_id}: table {rows.get(customer_id)} shop {oracle.get(customer_id)}"
        for customer_id in sorted(rows.keys() | oracle.keys())
        if not _is_equal(rows.get(customer_id), oracle.get(customer_id))
    ]


def _is_equal(row: tuple | None, expected: tuple | None) -> bool:
    if row is None or expected is None:
        return row is expected
    # first … state are exact; the crossings, and since when a state holds, to the millisecond
    return row[:8] == expected[:8] and all(
        abs(a - b) <= ROUNDING for a, b in zip(row[8:], expected[8:], strict=True)
    )


def alert_mismatches(endpoints: Endpoints) -> list[str]:
    """Return a line for each alert that is missing, published twice, or was never due."""
    now, since = stream_time(endpoints)
    arguments = {"now": now, "since": since}
    with psycopg.connect(endpoints.shop_dsn) as shop:
        implied = dict(shop.execute((HERE / "implied_alerts.sql").read_text(), arguments).fetchall())
    published = Counter(
        dict(message.headers())["ce_id"].decode()
        for message in read_all(endpoints.kafka_bootstrap, "retentioncast.alerts")
    )
    log = ChangeLog(
        [m.value() for m in read_all(endpoints.kafka_bootstrap, "shop.public.orders") if m.value()],
        [m.value() for m in read_all(endpoints.kafka_bootstrap, "shop.cdc.heartbeat") if m.value()],
    )
    missing = [f"missing: {id_} at {implied[id_]}" for id_ in implied.keys() - published.keys()]
    twice = [f"published {count} times: {id_}" for id_, count in published.items() if count > 1]
    wrong = [
        f"never due: {id_}" for id_ in published.keys() - implied.keys() if not log.could_have_raised(id_)
    ]
    return missing + twice + wrong
