"""Tables `store_windows` and `store_cohorts` against a recompute from the shop's own tables."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from stack.endpoints import Endpoints
from tests.operators.oracle import Rules

HERE = Path(__file__).parent
DAYS = """
    SELECT day, orders, revenue, refunds, new, "returning", returned_30, returned_60, reactivated, lapsed_30,
           lapsed_60, lapsed_90, at_risk
    FROM store_windows
"""
COHORTS = "SELECT cohort, month, ordered, ordered_last FROM store_cohorts"


class Windows(NamedTuple):
    """The lines of both tables: the sums by day, and by cohort and month."""

    days: dict[date, tuple[Any, ...]]
    cohorts: dict[tuple[date, date], tuple[int, ...]]


def told(endpoints: Endpoints) -> tuple[Windows, str]:
    """Return what the tables hold, and where the shop's days begin."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        [(time_zone,)] = analytics.execute("SELECT time_zone FROM shop").fetchall()
        days, cohorts = (analytics.execute(query).fetchall() for query in (DAYS, COHORTS))
    return Windows({day: tuple(sums) for day, *sums in days}, _by_month(cohorts)), time_zone


def recomputed(shop: psycopg.Connection, rules: Rules, now: datetime, time_zone: str) -> Windows:
    """Return the same from a connection that has view `purchases` and the versions."""
    shop.execute("DROP TABLE IF EXISTS pg_temp.shop")
    shop.execute("CREATE TEMPORARY TABLE shop (time_zone text)")
    shop.execute("INSERT INTO shop VALUES (%s)", (time_zone,))
    days, at_risk, cohorts = (
        shop.execute((HERE / f"{name}.sql").read_text(), parameters).fetchall()
        for name, parameters in (
            ("store_days", None),
            ("at_risk_days", {**asdict(rules), "now": now}),
            ("store_cohorts", None),
        )
    )
    sums = {day: (*sums, 0) for day, *sums in days}
    for day, amount in at_risk:
        sums[day] = (*sums.get(day, (0,) * (len(DAYS.split(",")) - 1))[:-1], amount)
    return Windows(sums, _by_month(cohorts))


def mismatches(found: Windows, expected: Windows) -> list[str]:
    """Return a line for each window that is not what the shop's tables say."""
    return [
        f"window {key}: table {lines.get(key)} shop {recount.get(key)}"
        for lines, recount in zip(found, expected, strict=True)
        for key in sorted(lines.keys() | recount.keys())
        if lines.get(key) != recount.get(key)
    ]


def _by_month(rows: list[tuple[Any, ...]]) -> dict[tuple[date, date], tuple[int, ...]]:
    return {(cohort, month): tuple(sums) for cohort, month, *sums in rows}
