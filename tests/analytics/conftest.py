"""A shop's analytics database, as the flow writes it."""

import psycopg
import pytest

from analytics.migrate import migrate
from tests.analytics.store import Store


@pytest.fixture
def dsn(fresh_database):
    return fresh_database()


@pytest.fixture
def store(dsn):
    """An empty store, asked in a time zone that is not the shop's and has days of 23 hours."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")
        yield Store(connection)
