"""The flow's results against a recompute from the shop's own tables."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from stack.endpoints import Endpoints
from tests.e2e import versions
from tests.e2e.change_log import ChangeLog
from tests.e2e.topics import read_all

HERE = Path(__file__).parent
PURCHASES = HERE / "purchases.sql"
ROWS = """
    SELECT customer_id, first_purchase, latest_purchase, recency, frequency, order_count, order_value,
           state, state_since, overdue_at, at_risk_at
    FROM rfm ORDER BY customer_id
"""
RAISED = b"retentioncast.alert.raised"
ROUNDING = timedelta(milliseconds=1)  # of a crossing: both sides compute in double precision


def stream_time(endpoints: Endpoints) -> tuple[datetime, datetime]:
    """Return stream time, and the instant since which alerts are published."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        return analytics.execute("SELECT now, alerts_since FROM stream_time").fetchone()


@contextmanager
def shop_with(purchases: Path, endpoints: Endpoints) -> Iterator[psycopg.Connection]:
    """Connect to the shop: view `purchases` reads its tables by a query in a file; beside it the versions."""
    with psycopg.connect(endpoints.shop_dsn) as shop:
        shop.execute("CREATE TEMPORARY VIEW purchases AS " + purchases.read_text())
        versions.tell(shop, versions.read(endpoints))
        yield shop


def row_mismatches(endpoints: Endpoints, purchases: Path = PURCHASES) -> list[str]:
    """Return a line for each customer whose row is not what the shop's tables say."""
    now, _ = stream_time(endpoints)
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        rows = {row[0]: row for row in analytics.execute(ROWS)}
    with shop_with(purchases, endpoints) as shop:
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


def alert_mismatches(
    endpoints: Endpoints, log: ChangeLog, purchases: Path = PURCHASES
) -> dict[str, list[str]]:
    """Return a line for each alert that is lost, written twice, or was never due; by which of these.

    Withdrawals and tombstones on the topic are written once as well.
    """
    now, since = stream_time(endpoints)
    arguments, in_force = {"now": now, "since": since}, versions.read(endpoints)
    with shop_with(purchases, endpoints) as shop:
        implied = dict(shop.execute((HERE / "implied_alerts.sql").read_text(), arguments).fetchall())
    messages = [dict(m.headers()) for m in read_all(endpoints.kafka_bootstrap, "retentioncast.alerts")]
    written = Counter(headers["ce_id"].decode() for headers in messages)
    raised = {headers["ce_id"].decode() for headers in messages if headers.get("ce_type") == RAISED}
    return {
        "lost": [f"missing: {id_} at {implied[id_]}" for id_ in implied.keys() - raised],
        "twice": [f"written {count} times: {id_}" for id_, count in written.items() if count > 1],
        "never due": [
            f"never due: {id_}" for id_ in raised - implied.keys() if not log.could_have_raised(id_, in_force)
        ],
    }


def mismatches(endpoints: Endpoints) -> list[str]:
    """Return a line for each row and each alert that is not as the demo's shop says."""
    log = ChangeLog.read(endpoints.kafka_bootstrap, "public.orders")
    alerts = alert_mismatches(endpoints, log).values()
    return row_mismatches(endpoints) + [line for lines in alerts for line in lines]
