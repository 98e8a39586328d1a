"""The versions of the model that have been in force, for the recomputes: the shop knows nothing of them.

A version judges a customer from its `effective_from` on, and a little later: the groups of customers take it
up one after the other, over a quarter of an hour.
"""

import zlib
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg

from stack.endpoints import Endpoints
from tests.operators import oracle

GROUPS = 8192
SPREAD = timedelta(minutes=15)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
READ = """
    SELECT effective_from, version, r, alpha_days, a, b
    FROM models WHERE adopted ORDER BY effective_from NULLS FIRST
"""
CENSUSES = "SELECT fitted_at FROM models WHERE fitted_at IS NOT NULL"
LEAD = timedelta(hours=1)
TABLES = """
    CREATE TEMPORARY TABLE versions (
        since timestamptz, until timestamptz, version text, r float8, alpha float8, a float8, b float8
    );
    CREATE TEMPORARY TABLE delays (customer_id text PRIMARY KEY, delay interval);
"""


class Version(NamedTuple):
    """A version of the model; `since` is None for the one that the settings give."""

    since: datetime | None
    name: str
    r: float
    alpha_days: float
    a: float
    b: float


def read(endpoints: Endpoints) -> list[Version]:
    """Return the versions in order."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        return [Version(*row) for row in analytics.execute(READ)]


def waits(endpoints: Endpoints) -> set[datetime]:
    """Return the instants at which stream time may wait for a decision: the last before a version's first."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        return {census + LEAD - oracle.MICROSECOND for (census,) in analytics.execute(CENSUSES)}


def delay(customer_id: str) -> timedelta:
    """Return how much later than `effective_from` a version judges a customer."""
    return SPREAD * (zlib.crc32(customer_id.encode()) % GROUPS) / GROUPS


def tell(shop: psycopg.Connection, versions: list[Version]) -> None:
    """Make what the recomputes in SQL read: tables `versions`, and `delays` of the customers of the shop."""
    shop.execute(TABLES)
    with shop.cursor() as cursor:
        following = [version.since for version in versions[1:]] + [None]
        rows = [(since, until, *rest) for (since, *rest), until in zip(versions, following, strict=True)]
        cursor.executemany("INSERT INTO versions VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
        customers = cursor.execute("SELECT DISTINCT customer_id FROM purchases").fetchall()
        with cursor.copy("COPY delays FROM STDIN") as copy:
            for (customer_id,) in customers:
                copy.write_row((customer_id, delay(customer_id)))
    shop.execute("ANALYZE delays")


def of(customer_id: str, versions: list[Version]) -> list[oracle.Version]:
    """Return the versions as the plain recompute takes them, by when they judge somebody."""
    return [
        oracle.Version(
            0
            if version.since is None
            else (version.since + delay(customer_id) - EPOCH) // oracle.MICROSECOND,
            (version.r, version.alpha_days, version.a, version.b),
            version.name,
        )
        for version in versions
    ]
