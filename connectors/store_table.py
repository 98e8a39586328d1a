"""The SQL for the store's windows: tables `store_windows` and `store_cohorts`."""

from collections.abc import Sequence

import psycopg

from operators.store import StoreWindows
from operators.windows import Sums

Item = StoreWindows

_UPSERT_DAYS = """
    INSERT INTO store_windows AS known (
        day, orders, revenue, refunds, new, "returning", returned_30, returned_60, reactivated, lapsed_30,
        lapsed_60, lapsed_90, at_risk, execution
    )
    SELECT date '1970-01-01' + day, orders, cents * 0.01, refunded_cents * 0.01, new, returned, returned_30,
        returned_60, reactivated, lapsed_30, lapsed_60, lapsed_90, at_risk, %s
    FROM unnest(
        %s::integer[], %s::bigint[], %s::numeric[], %s::numeric[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]
    ) AS incoming (
        day, orders, cents, refunded_cents, new, returned, returned_30, returned_60, reactivated, lapsed_30,
        lapsed_60, lapsed_90, at_risk
    )
    ON CONFLICT (day) DO UPDATE SET
        orders = excluded.orders, revenue = excluded.revenue, refunds = excluded.refunds, new = excluded.new,
        "returning" = excluded."returning", returned_30 = excluded.returned_30,
        returned_60 = excluded.returned_60, reactivated = excluded.reactivated,
        lapsed_30 = excluded.lapsed_30, lapsed_60 = excluded.lapsed_60, lapsed_90 = excluded.lapsed_90,
        at_risk = excluded.at_risk, execution = excluded.execution
    WHERE excluded.execution >= known.execution
"""

_UPSERT_COHORTS = """
    INSERT INTO store_cohorts AS known (cohort, month, ordered, ordered_last, execution)
    SELECT date '1970-01-01' + cohort, date '1970-01-01' + month, ordered, ordered_last, %s
    FROM unnest(%s::integer[], %s::integer[], %s::bigint[], %s::bigint[]) AS incoming (
        cohort, month, ordered, ordered_last
    )
    ON CONFLICT (cohort, month) DO UPDATE SET
        ordered = excluded.ordered, ordered_last = excluded.ordered_last, execution = excluded.execution
    WHERE excluded.execution >= known.execution
"""

_DELETE_DAYS = """
    DELETE FROM store_windows USING unnest(%s::integer[]) AS empty (day)
    WHERE store_windows.day = date '1970-01-01' + empty.day AND execution <= %s
"""

_DELETE_COHORTS = """
    DELETE FROM store_cohorts USING unnest(%s::integer[], %s::integer[]) AS empty (cohort, month)
    WHERE store_cohorts.cohort = date '1970-01-01' + empty.cohort
        AND store_cohorts.month = date '1970-01-01' + empty.month AND execution <= %s
"""


def write(cursor: psycopg.Cursor, items: Sequence[object], execution: int) -> None:
    """Do what the store's windows among the items say, in their order."""
    told = [item for item in items if isinstance(item, StoreWindows)]
    if not told:
        return
    days: dict[tuple[int, ...], Sums] = {}
    cohorts: dict[tuple[int, ...], Sums] = {}
    for item in told:
        if item.is_whole:
            days.clear()
            cohorts.clear()
        days.update(((day,), sums) for day, sums in item.days.items())
        cohorts.update(item.cohorts.items())
    if any(item.is_whole for item in told):
        cursor.execute("DELETE FROM store_windows WHERE execution <= %s", (execution,))
        cursor.execute("DELETE FROM store_cohorts WHERE execution <= %s", (execution,))
    _replace(cursor, _DELETE_DAYS, _UPSERT_DAYS, days, execution)
    _replace(cursor, _DELETE_COHORTS, _UPSERT_COHORTS, cohorts, execution)


def _replace(
    cursor: psycopg.Cursor,
    delete: str,
    upsert: str,
    windows: dict[tuple[int, ...], Sums],
    execution: int,
) -> None:
    empty = [key for key, sums in windows.items() if not any(sums)]
    if empty:
        cursor.execute(delete, (*map(list, zip(*empty, strict=True)), execution))
    lines = sorted((*key, *sums) for key, sums in windows.items() if any(sums))
    if lines:
        cursor.execute(upsert, (execution, *map(list, zip(*lines, strict=True))))
