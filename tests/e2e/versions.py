"""The versions of the model that have been in force, for the recomputes: the shop knows nothing of them.

A version judges a customer from its `effective_from` on, and a little later: the groups of customers take it
up one after the other, over a quarter of an hour.
"""

import zlib
from datetime import datetime, timedelta

import psycopg

from stack.endpoints import Endpoints
from tests.operators import oracle

GROUPS = 1024
SPREAD = timedelta(minutes=15)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
Version = tuple[datetime | None, float, float, float, float]
READ = """
    SELECT effective_from, r, alpha_days, a, b FROM models WHERE adopted ORDER BY effective_from NULLS FIRST
"""
TABLES = """
    CREATE TEMPORARY TABLE versions (
        since timestamptz, until timestamptz, r float8, alpha float8, a float8, b float8
    );
    CREATE TEMPORARY TABLE delays (customer_id text PRIMARY KEY, delay interval);
"""


def read(endpoints: Endpoints) -> list[Version]:
    """Return the versions in order; the first, given by the settings, has no beginning."""
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        return analytics.execute(READ).fetchall()


def delay(customer_id: str) -> timedelta:
    """Return how much later than `effective_from` a version judges a customer."""
    return SPREAD * (zlib.crc32(customer_id.encode()) % GROUPS) / GROUPS


def tell(shop: psycopg.Connection, versions: list[Version]) -> None:
    """Make what the recomputes in SQL read: tables `versions`, and `delays` of the customers of the shop."""
    shop.execute(TABLES)
    with shop.cursor() as cursor:
        following = [since for since, *_ in versions[1:]] + [None]
        rows = [(since, until, *model) for (since, *model), until in zip(versions, following, strict=True)]
        cursor.executemany("INSERT INTO versions VALUES (%s, %s, %s, %s, %s, %s)", rows)
        customers = cursor.execute("SELECT DISTINCT customer_id FROM purchases").fetchall()
        with cursor.copy("COPY delays FROM STDIN") as copy:
            for (customer_id,) in customers:
                copy.write_row((customer_id, delay(customer_id)))
    shop.execute("ANALYZE delays")


def of(customer_id: str, versions: list[Version]) -> list[tuple[int, tuple[float, ...]]]:
    """Return the models as the plain recompute takes them: by the instant from which they judge somebody."""
    return [
        (0 if since is None else (since + delay(customer_id) - EPOCH) // oracle.MICROSECOND, tuple(model))
        for since, *model in versions
    ]
