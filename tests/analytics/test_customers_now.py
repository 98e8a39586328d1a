"""P(alive) against the formula in 50 digits."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from mpmath import mp, mpf

from analytics.migrate import migrate

pytestmark = pytest.mark.stack

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MODELS = {
    "cdnow": (0.6371, 51.17, 0.8075, 1.2284),
    "heavy": (12.5, 0.03, 0.001, 40.0),
    "fickle": (0.01, 4000.0, 30.0, 0.02),
}


@pytest.fixture
def database(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")  # the results must not depend on it
        yield connection


def add_model(database, name):
    database.execute(
        "INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days) "
        "VALUES (%s, 'MBG/NBD', %s, %s, %s, %s, 0.5, 0.9, 90)",
        (name, *MODELS[name]),
    )


def add_customer(database, customer_id, first, latest, frequency, model="cdnow"):
    database.execute(
        "INSERT INTO rfm (customer_id, first_purchase, latest_purchase, order_count, order_value, currency, "
        "state, state_since, model_version, version) VALUES (%s, %s, %s, %s, 1, 'EUR', 'ACTIVE', %s, %s, 1)",
        (customer_id, first, latest, frequency + 1, latest, model),
    )


def set_time(database, now):
    database.execute("INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s)", (now, now))


def p_alive(model, frequency, recency_days, age_days):
    """Batislam et al. 2007, equation (9), as notation in the view."""
    with mp.workdps(50):
        r, alpha, a, b = map(mpf, model)
        power = ((alpha + age_days) / (alpha + recency_days)) ** (r + frequency)
        return float(1 / (1 + a / (b + frequency) * power))


@pytest.mark.parametrize("name", MODELS)
def test_p_alive_is_the_models_to_nine_digits(database, name):
    add_model(database, name)
    set_time(database, NOON)
    expected = {}
    for frequency in (0, 1, 2, 10, 300, 5000):
        for recency_days in (0, 0.5, 30, 4000):
            for silent_days in (0, 1e-5, 0.25, 1, 29, 365, 10_000, 300_000):
                customer_id = f"{frequency}/{recency_days}/{silent_days}"
                latest = NOON - timedelta(days=silent_days)
                first = latest - timedelta(days=recency_days)
                add_customer(database, customer_id, first, latest, frequency, name)
                silent = mpf((NOON - latest) // timedelta(microseconds=1)) / 86_400_000_000
                recency = mpf((latest - first) // timedelta(microseconds=1)) / 86_400_000_000
                expected[customer_id] = p_alive(MODELS[name], frequency, recency, recency + silent)
    found = dict(database.execute("SELECT customer_id, p_alive FROM customers_now").fetchall())
    assert found == pytest.approx(expected, abs=1e-9)


def test_days_and_churn_are_as_of_stream_time(database):
    add_model(database, "cdnow")
    set_time(database, NOON)
    for days in (-1, 0, 29.999, 30, 60, 90):
        latest = NOON - timedelta(days=days)
        add_customer(database, str(days), latest, latest, 0)
    found = database.execute(
        "SELECT customer_id::float8, days_silent, churned_30, churned_60, churned_90, as_of "
        "FROM customers_now ORDER BY 1"
    ).fetchall()
    assert found == [
        (-1, 0, False, False, False, NOON),  # an order that stream time has not come to yet
        (0, 0, False, False, False, NOON),
        (29.999, pytest.approx(29.999), False, False, False, NOON),
        (30, 30, True, False, False, NOON),
        (60, 60, True, True, False, NOON),
        (90, 90, True, True, True, NOON),
    ]


def test_customers_are_there_before_the_first_heartbeat_and_without_a_model(database):
    add_customer(database, "c1", NOON, NOON, 0, "unknown")
    query = "SELECT customer_id, as_of, days_silent, p_alive, churned_30 FROM customers_now"
    assert database.execute(query).fetchall() == [("c1", None, None, None, None)]
