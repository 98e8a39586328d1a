"""The SQL for alerts, as their topic tells them: table `alerts`."""

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from msgspec import Struct

from operators.alert_body import AlertBody, WithdrawnBody


class AlertLine(Struct, frozen=True, gc=False):
    """What the topic says of an alert: the last of these is its line."""

    body: AlertBody | WithdrawnBody


class AlertsGone(Struct, frozen=True, gc=False):
    """All lines of a customer are deleted."""

    customer_id: str


Item = AlertLine | AlertsGone

_DELETE = """
    DELETE FROM alerts WHERE customer_id = ANY(%s::text[]) AND execution <= %s
"""

# JSON has the columns' names, and what they can read. Ordered by key, so that two writers take their row
# locks in the same order.
_UPSERT = """
    INSERT INTO alerts AS known (
        alert_id, customer_id, status, suppressed_by, level, raised_at, escalated_at, resolved_at,
        resolved_by_order_id, resolved_by_order_value, first_purchase, latest_purchase, latest_order_id,
        order_count, order_value, currency, value_at_risk, campaign, arm, model_version, told_at,
        first_told_at, execution
    )
    SELECT alert_id, customer_id, status, suppressed_by, level, raised_at, escalated_at, resolved_at,
        resolved_by_order_id, resolved_by_order_value, first_purchase, latest_purchase, latest_order_id,
        order_count, order_value, currency, value_at_risk, campaign, arm, model_version, told_at,
        first_told_at, %(execution)s
    FROM json_populate_recordset(NULL::alerts, %(alerts)s::json)
    ORDER BY alert_id
    ON CONFLICT (alert_id) DO UPDATE SET
        customer_id = excluded.customer_id, status = excluded.status, suppressed_by = excluded.suppressed_by,
        level = excluded.level, raised_at = excluded.raised_at, escalated_at = excluded.escalated_at,
        resolved_at = excluded.resolved_at, resolved_by_order_id = excluded.resolved_by_order_id,
        resolved_by_order_value = excluded.resolved_by_order_value, first_purchase = excluded.first_purchase,
        latest_purchase = excluded.latest_purchase, latest_order_id = excluded.latest_order_id,
        order_count = excluded.order_count, order_value = excluded.order_value, currency = excluded.currency,
        value_at_risk = excluded.value_at_risk, campaign = excluded.campaign, arm = excluded.arm,
        model_version = excluded.model_version, withdrawn_reason = NULL, told_at = excluded.told_at,
        execution = excluded.execution
    WHERE excluded.execution >= known.execution
"""

# Whoever withdraws an alert that was erased meanwhile, or never kept, has nothing to say of it.
_WITHDRAW = """
    UPDATE alerts AS known SET
        status = 'withdrawn', withdrawn_reason = withdrawal.reason, told_at = withdrawal.told_at,
        execution = %(execution)s
    FROM json_to_recordset(%(withdrawals)s::json)
        AS withdrawal (alert_id text, reason text, told_at timestamptz)
    WHERE known.alert_id = withdrawal.alert_id AND known.execution <= %(execution)s
"""


def write(cursor: psycopg.Cursor, items: Sequence[object], execution: int) -> None:
    """Do what the alerts' items among the items say, in their order."""
    gone_at = {item.customer_id: place for place, item in enumerate(items) if isinstance(item, AlertsGone)}
    bodies = [
        item.body
        for place, item in enumerate(items)
        if isinstance(item, AlertLine) and place > gone_at.get(item.body.customer_id, -1)
    ]
    last = {body.alert_id: body for body in bodies}
    withdrawals = [body for body in last.values() if isinstance(body, WithdrawnBody)]
    alerts = [body for body in bodies if isinstance(body, AlertBody)]
    if gone_at:
        cursor.execute(_DELETE, (list(gone_at), execution))
    if alerts:
        cursor.execute(
            _UPSERT, {"alerts": msgspec.json.encode(_lines(alerts)).decode(), "execution": execution}
        )
    if withdrawals:
        withdrawn = msgspec.json.encode(withdrawals).decode()
        cursor.execute(_WITHDRAW, {"withdrawals": withdrawn, "execution": execution})


def _lines(alerts: list[AlertBody]) -> list[dict[str, Any]]:
    """Return a line for each alert id: what was told last, and when it was told first."""
    last = {body.alert_id: body for body in alerts}
    first_told_at = {body.alert_id: body.told_at for body in reversed(alerts)}
    return [
        msgspec.structs.asdict(body) | {"first_told_at": first_told_at[alert_id]}
        for alert_id, body in last.items()
    ]
