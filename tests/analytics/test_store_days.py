"""The store by day and by week, up to stream time."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from analytics.migrate import migrate

pytestmark = pytest.mark.stack

COUNTS = (
    *("orders", "new", '"returning"', "returned_30", "returned_60", "reactivated"),
    *("lapsed_30", "lapsed_60", "lapsed_90", "at_risk"),
)
MONDAY = date(2026, 3, 2)
# Tuesday evening where the shop is, Wednesday elsewhere.
NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)


@pytest.fixture
def database(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'Asia/Tokyo'")  # the results must not depend on it
        connection.execute("INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'America/New_York')")
        connection.execute("INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s)", (NOW, NOW))
        yield connection


def add(database, day, amount):
    """A line whose every column differs."""
    counts = ", ".join(str(amount * factor) for factor in range(1, len(COUNTS) + 1))
    database.execute(
        f"INSERT INTO store_windows (day, {', '.join(COUNTS)}, revenue, refunds, execution) "
        f"VALUES (%s, {counts}, %s, %s, 1)",
        (day, amount * 20, amount * 30),
    )


def found(database, view):
    names = ", ".join(COUNTS)
    name = view.removeprefix("store_").removesuffix("s")
    rows = database.execute(
        f"SELECT {name}, is_complete, {names}, revenue, refunds FROM {view} ORDER BY 1"
    ).fetchall()
    for _, _, *sums in rows:
        assert [amount / sums[0] for amount in sums] == [*range(1, len(COUNTS) + 1), 20, 30]
    return [(begins, is_complete, orders) for begins, is_complete, orders, *_ in rows]


def test_days_add_up_to_weeks_and_what_lies_ahead_is_hidden(database):
    for day, amount in [(2, 11), (9, 7), (10, 8), (11, 9)]:
        add(database, date(2026, 3, day), amount)
    assert found(database, "store_days") == [
        (date(2026, 3, 2), True, 11),
        (date(2026, 3, 9), True, 7),
        (date(2026, 3, 10), False, 8),
    ]
    assert found(database, "store_weeks") == [(MONDAY, True, 11), (date(2026, 3, 9), False, 15)]


def test_a_week_begins_on_monday_and_is_complete_once_it_is_over(database):
    for day in (date(2026, 3, 1), MONDAY, date(2026, 3, 8)):
        add(database, day, 1)
    assert found(database, "store_weeks") == [(date(2026, 2, 23), True, 1), (MONDAY, True, 2)]
    database.execute("UPDATE stream_time SET now = '2026-03-08 23:00-04'")
    assert found(database, "store_weeks")[-1] == (MONDAY, False, 2)
    database.execute("UPDATE stream_time SET now = '2026-03-09 00:00-04'")
    assert found(database, "store_weeks")[-1] == (MONDAY, True, 2)


def test_before_the_first_heartbeat_there_are_no_days(database):
    add(database, MONDAY, 1)
    database.execute("DELETE FROM stream_time")
    assert found(database, "store_days") == found(database, "store_weeks") == []


def test_every_column_says_what_it_is(database):
    uncommented = database.execute(
        "SELECT attrelid::regclass, attname FROM pg_attribute "
        "WHERE attrelid IN ('store_windows'::regclass, 'store_days'::regclass, 'store_weeks'::regclass, "
        "'store_cohorts'::regclass) "
        "AND attnum > 0 AND col_description(attrelid, attnum) IS NULL"
    )
    assert uncommented.fetchall() == []
