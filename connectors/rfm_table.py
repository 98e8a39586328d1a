"""The SQL behind the Postgres sink."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
import psycopg

from connectors import alert_table, forecast_table, purchase_table, store_table
from operators.erasure import Erasure
from operators.risk import Risk
from operators.row import Gone, Row, StreamTime
from operators.shop import Shop

Item = (
    Row
    | Gone
    | StreamTime
    | Erasure
    | purchase_table.Item
    | store_table.Item
    | forecast_table.Item
    | alert_table.Item
)

# Of Row's fields, but for the last: `is_timed`.
_COPIED_TYPES = ["text", *["int8"] * 4, "text", "text", *["int8"] * 3, "text", "int8"]

_CREATE_INCOMING = """
    CREATE TEMPORARY TABLE incoming (
        customer_id text, first_us bigint, latest_us bigint, order_count bigint, cents bigint, currency text,
        state text, state_since_us bigint, overdue_at_us bigint, at_risk_at_us bigint, model_version text,
        version bigint
    ) ON COMMIT DELETE ROWS
"""

# Ordered by key, so that two writers take their row locks in the same order.
_UPSERT = """
    INSERT INTO rfm AS known (
        customer_id, first_purchase, latest_purchase, order_count, order_value, currency,
        state, state_since, overdue_at, at_risk_at, model_version, version, execution
    )
    SELECT customer_id, instant(first_us), instant(latest_us), order_count, cents * 0.01, currency,
        state, instant(state_since_us), instant(overdue_at_us), instant(at_risk_at_us),
        model_version, version, %s
    FROM incoming
    ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET
        first_purchase = excluded.first_purchase, latest_purchase = excluded.latest_purchase,
        order_count = excluded.order_count, order_value = excluded.order_value, currency = excluded.currency,
        state = excluded.state, state_since = excluded.state_since, overdue_at = excluded.overdue_at,
        at_risk_at = excluded.at_risk_at, model_version = excluded.model_version, version = excluded.version,
        execution = excluded.execution
    WHERE excluded.execution >= known.execution
"""

_DELETE = """
    DELETE FROM rfm WHERE customer_id = ANY(%s::text[]) AND execution <= %s
"""

_ADVANCE = """
    INSERT INTO stream_time AS known (now, alerts_since)
    VALUES (instant(%(now_us)s::bigint), instant(%(alerts_since_us)s::bigint))
    ON CONFLICT (one_row) DO UPDATE SET now = excluded.now, alerts_since = excluded.alerts_since
    WHERE excluded.now >= known.now
"""

# A replay may come to an erasure at another stream time: the first receipt stands.
_RECEIPT = """
    INSERT INTO erasures (receipt, version, erased_at) VALUES (%(receipt)s, %(version)s,
    instant(%(at_us)s::bigint)) ON CONFLICT (receipt, version) DO NOTHING
"""

_REJECT = """
    INSERT INTO rejected_rows (id, reason, row) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING
"""

_RECORD_SHOP = """
    INSERT INTO shop (currency, time_zone) VALUES (%s, %s)
    ON CONFLICT (one_row) DO UPDATE SET currency = excluded.currency, time_zone = excluded.time_zone
"""

_RECORD_MODEL = """
    INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days)
    VALUES (%s, 'MBG/NBD', %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (version) DO UPDATE SET
        threshold = excluded.threshold, quantile = excluded.quantile, lapse_days = excluded.lapse_days
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make the temporary table that `write` copies into."""
    connection.execute(_CREATE_INCOMING)
    purchase_table.prepare(connection)


def next_execution(connection: psycopg.Connection) -> int:
    """Return a number greater than that of every writer before."""
    [[execution]] = connection.execute("SELECT nextval('executions')").fetchall()
    return int(execution)


def write(connection: psycopg.Connection, items: Sequence[Item], execution: int, rules: Risk) -> None:
    """Write the items in one transaction; at most one line of `rfm` for each customer."""
    rows = [item for item in items if isinstance(item, Row)]
    gone = [item for item in items if isinstance(item, Gone)]
    erasures = [item for item in items if isinstance(item, Erasure)]
    times = [item for item in items if isinstance(item, StreamTime)]
    with connection.transaction(), connection.cursor() as cursor:
        forecast_table.write(cursor, items, rules)
        alert_table.write(cursor, items, execution)
        purchase_table.write(cursor, items, execution)
        store_table.write(cursor, items, execution)
        if rows:
            with cursor.copy("COPY incoming FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(_COPIED_TYPES)
                for row in rows:
                    copy.write_row(msgspec.structs.astuple(row)[: len(_COPIED_TYPES)])
            cursor.execute(_UPSERT, (execution,))
        if gone:
            cursor.execute(_DELETE, ([item.customer_id for item in gone], execution))
        if erasures:
            cursor.executemany(_RECEIPT, [msgspec.structs.asdict(item) for item in erasures])
        for time in times:
            cursor.execute(_ADVANCE, msgspec.structs.asdict(time))


def set_aside(connection: psycopg.Connection, item: Item, error: Exception) -> None:
    """Keep an item that the tables cannot hold, once however often it comes."""
    # jsonb refuses U+0000, which may be what is wrong with the item.
    row = msgspec.json.encode(item).decode().replace("\\u0000", "\\ufffd")
    digest = hashlib.sha256(row.encode()).hexdigest()
    connection.execute(_REJECT, (digest, str(error), row))


def record_shop(connection: psycopg.Connection, shop: Shop) -> None:
    """Keep what the views must know of the shop."""
    connection.execute(_RECORD_SHOP, (shop.money.currency, shop.calendar.time_zone))


def customer_ids(connection: psycopg.Connection) -> list[str]:
    """Return the customers who have a line."""
    return [id_ for (id_,) in connection.execute("SELECT customer_id FROM rfm").fetchall()]


def alerts_since(connection: psycopg.Connection) -> datetime | None:
    """Return since when alerts are published, None before the first stream time."""
    found = connection.execute("SELECT alerts_since FROM stream_time").fetchone()
    return None if found is None else found[0]


def start_over(connection: psycopg.Connection) -> datetime | None:
    """Forget all customers, and how far time had come; return since when alerts are published, if ever."""
    with connection.transaction():
        connection.execute("TRUNCATE rfm, purchases, store_windows, store_cohorts")
        found = connection.execute("UPDATE stream_time SET now = alerts_since RETURNING now").fetchone()
    return None if found is None else found[0]


def record_model(connection: psycopg.Connection, risk: Risk) -> None:
    """Keep what `model_version` stands for; rules that changed replace the former ones."""
    model = risk.model
    parameters = (float(model.r), float(model.alpha), float(model.a), float(model.b))
    rules = (risk.threshold, risk.quantile, risk.lapse_days)
    connection.execute(_RECORD_MODEL, (risk.model_version, *parameters, *rules))
