"""The flow's results against a recompute from the shop's own tables."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from stack.endpoints import Endpoints
from tests.e2e import copies, store, versions
from tests.e2e.alert_history import Body, History
from tests.e2e.change_log import ChangeLog
from tests.e2e.topics import read_all
from tests.operators.oracle import DEFAULTS, Rules

HERE = Path(__file__).parent
PURCHASES = HERE / "purchases.sql"
ROWS = """
    SELECT customer_id, first_purchase, latest_purchase, recency, frequency, order_count, order_value,
           state, state_since, overdue_at, at_risk_at
    FROM rfm ORDER BY customer_id
"""
# On both sides: the table of the flow, and the view on the shop's own.
LINES = """
    SELECT customer_id, order_id, placed_at, value::numeric(20, 2), is_order
    FROM purchases WHERE is_order OR value <> 0
"""
CENT = Decimal("0.01")
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
    """Return a line for each customer whose row, and each purchase, is not what the shop's tables say."""
    now, _ = stream_time(endpoints)
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        rows = {row[0]: row for row in analytics.execute(ROWS)}
        lines = Counter(analytics.execute(LINES))
    with shop_with(purchases, endpoints) as shop:
        oracle = {row[0]: row for row in shop.execute((HERE / "oracle.sql").read_text(), {"now": now})}
        expected = Counter(shop.execute(LINES))
    return [
        *(f"purchase {line}: in the table, not in the shop" for line in sorted(lines - expected)),
        *(f"purchase {line}: in the shop, not in the table" for line in sorted(expected - lines)),
    ] + [
        f"customer {customer_id}: table {rows.get(customer_id)} shop {oracle.get(customer_id)}"
        for customer_id in sorted(rows.keys() | oracle.keys())
        if not _is_equal(rows.get(customer_id), oracle.get(customer_id))
    ]


def store_mismatches(endpoints: Endpoints, rules: Rules = DEFAULTS, purchases: Path = PURCHASES) -> list[str]:
    """Return a line for each of the store's windows that is not what the shop's tables say."""
    now, _ = stream_time(endpoints)
    found, time_zone = store.told(endpoints)
    with shop_with(purchases, endpoints) as shop:
        return store.mismatches(found, store.recomputed(shop, rules, now, time_zone))


def _is_equal(row: tuple | None, expected: tuple | None) -> bool:
    if row is None or expected is None:
        return row is expected
    # first … state are exact; the crossings, and since when a state holds, to the millisecond
    return row[:8] == expected[:8] and all(
        abs(a - b) <= ROUNDING for a, b in zip(row[8:], expected[8:], strict=True)
    )


def alert_mismatches(
    endpoints: Endpoints,
    rules: Rules = DEFAULTS,
    purchases: Path = PURCHASES,
    log: ChangeLog | None = None,
) -> list[str]:
    """Return a line for each message that breaks the contract, for each alert that does not stand as the
    shop's tables imply, for each that stands no more and never was due, and for each that a copy tells
    otherwise.

    `log` is what the flow could read; by default the demo's.
    """
    log = log or ChangeLog.read(endpoints.kafka_bootstrap, "public.orders")
    history, implied = alert_history(endpoints), implied_alerts(endpoints, rules, purchases)
    in_force = versions.read(endpoints)
    return [
        *history.wrong,
        *alert_differences(history.standing(), implied),
        *(
            f"never due: {id_}"
            for id_ in sorted(history.told - implied.keys())
            if not log.could_have_raised(id_, in_force, rules)
        ),
        *copies.mismatches(endpoints, history.last),
    ]


def alert_history(endpoints: Endpoints) -> History:
    """Read the alerts' topic from its beginning."""
    values = [m.value() or b"" for m in read_all(endpoints.kafka_bootstrap, "shop.cdc.heartbeat")]
    beats = [value for value in values if value.startswith(b"{")]  # no tombstone, and no garbage put there
    times = {datetime.fromisoformat(json.loads(beat)["after"]["shop_time"]) for beat in beats}
    waits = {at for at in versions.waits(endpoints) if at >= min(times)}
    return History(read_all(endpoints.kafka_bootstrap, "retentioncast.alerts"), times | waits)


def implied_alerts(
    endpoints: Endpoints, rules: Rules = DEFAULTS, purchases: Path = PURCHASES, **times: datetime | str
) -> dict[str, dict[str, Any]]:
    """Return the bodies of the alerts that the shop's tables imply, by id.

    `times` may give another `now` than stream time, and another `since`.
    """
    now, since = stream_time(endpoints)
    with shop_with(purchases, endpoints) as shop:
        return implied_by(shop, {**asdict(rules), "now": now, "since": since, **times})


def implied_by(shop: psycopg.Connection, arguments: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the same from a connection that has view `purchases` and the versions."""
    cursor = shop.cursor(row_factory=dict_row)
    rows = cursor.execute((HERE / "implied_alerts.sql").read_text(), arguments)
    return {row["alert_id"]: row for row in rows}


def alert_differences(standing: dict[str, Body], implied: dict[str, dict[str, Any]]) -> list[str]:
    """Return a line for each alert that is lost, not withdrawn, or stands otherwise than implied."""
    return [
        *(f"lost: {id_}, of {implied[id_]['raised_at']}" for id_ in sorted(implied.keys() - standing.keys())),
        *(f"not withdrawn: {id_}" for id_ in sorted(standing.keys() - implied.keys())),
        *(
            f"{id_}: {name} is {standing[id_][name]} on the topic, {expected} by the shop"
            for id_ in sorted(standing.keys() & implied.keys())
            for name, expected in implied[id_].items()
            if not _is_close(name, standing[id_][name], expected)
        ),
    ]


def _is_close(name: str, found: Any, expected: Any) -> bool:
    """Compare a field of the topic with the shop's: instants to the millisecond, an estimate to the cent."""
    if None in (found, expected):
        return found is expected
    if isinstance(expected, datetime):
        return abs(datetime.fromisoformat(found) - expected) <= ROUNDING
    if isinstance(expected, Decimal):
        return abs(Decimal(found) - expected) <= (CENT if name == "value_at_risk" else 0)
    if isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=0, abs_tol=ROUNDING.total_seconds())
    return found == expected


def mismatches(endpoints: Endpoints, rules: Rules = DEFAULTS) -> list[str]:
    """Return a line for each row, window and alert that is not as the demo's shop says."""
    return [
        *row_mismatches(endpoints),
        *store_mismatches(endpoints, rules),
        *alert_mismatches(endpoints, rules),
    ]
