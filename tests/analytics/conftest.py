"""A shop's orders in the analytics database, as the flow writes them."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from analytics.migrate import migrate
from tests.analytics.store import Store

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
COPY = """
    COPY purchases (customer_id, line, order_id, placed_at, value, is_order, execution) FROM STDIN
"""


class PurchasesDatabase:
    """The analytics database; orders are pairs of a customer and an instant."""

    def __init__(self, connection):
        self.connection = connection
        self.lines = 0

    def rows(self, query, *parameters):
        return self.connection.execute(query, parameters or None).fetchall()

    def set_time(self, now):
        self.rows("INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s) RETURNING now", now, now)

    def set_zone(self, time_zone):
        statement = """
            INSERT INTO shop (currency, time_zone) VALUES ('EUR', %s)
            ON CONFLICT (one_row) DO UPDATE SET time_zone = excluded.time_zone RETURNING time_zone
        """
        self.rows(statement, time_zone)

    def order(self, customer, *instants, is_order=True):
        self.fill(((customer, instant) for instant in instants), is_order)

    def fill(self, orders, is_order=True):
        with self.connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for customer, instant in orders:
                self.lines += 1
                copy.write_row((str(customer), str(self.lines), str(self.lines), instant, 1, is_order, 1))


@pytest.fixture
def purchases(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")  # where a day in March has 23 hours
        yield PurchasesDatabase(connection)


@pytest.fixture
def store(fresh_database):
    """An empty store, asked in a time zone that is not the shop's: no answer may depend on it."""
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")
        yield Store(connection)
