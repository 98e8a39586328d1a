"""What is told once an hour of stream time."""

from datetime import timedelta

import psycopg
import pytest

from tests.analytics.store import DAY, MICROSECOND, NOON, Purchase, invented

pytestmark = pytest.mark.stack

HOUR = timedelta(hours=1)


@pytest.fixture
def told(store):
    """A store whose hour has been told."""
    store.describe(now=NOON + 20 * MICROSECOND)
    store.adopt()
    store.buy(invented(1, "Europe/Berlin"))
    assert store.tell_hour() == NOON
    return store


def test_an_hour_is_what_the_slow_views_tell(told):
    (hour,) = told.ask("SELECT * FROM store_hours")
    (churn,) = told.ask("SELECT * FROM store_churn")
    assert hour.pop("hour") == NOON
    assert hour.pop("currency") == "EUR"
    assert hour.pop("as_of") == churn["as_of"] == NOON + 20 * MICROSECOND
    assert hour.pop("customers") == churn["customers"] == 120
    assert hour.pop("expected_alive") == pytest.approx(churn["expected_alive"])
    for days in (30, 60, 90):
        assert hour.pop(f"silent_{days}") == churn[f"churned_{days}"] > 0
    for days in (30, 90):
        (revenue,) = told.ask("SELECT * FROM expected_revenue(%s)", days)
        assert hour.pop(f"revenue_{days}") == pytest.approx(revenue["expected_revenue"])
        assert hour.pop(f"revenue_{days}_lower") == pytest.approx(revenue["lower"])
        assert hour.pop(f"revenue_{days}_upper") == pytest.approx(revenue["upper"])
    assert hour == {}
    ends = "SELECT latest_purchase, order_count, order_value FROM"
    assert told.ask(f"{ends} quintile_hours") == told.ask(f"{ends} quintiles")


def test_segments_add_up_to_the_store(told):
    counted = told.rows("SELECT segment, customers, order_count, order_value FROM segment_hours ORDER BY 1")
    assert len(counted) > 5
    assert counted == told.rows(
        "SELECT segment, count(*), sum(order_count), sum(order_value) "
        "FROM segments JOIN rfm USING (customer_id) GROUP BY 1 ORDER BY 1"
    )
    assert sum(customers for _, customers, *_ in counted) == 120


@pytest.mark.parametrize("silence_days", [30, 60, 90])
def test_curves_and_tests_of_the_hour_are_those_of_the_moment(told, silence_days):
    curves = told.rows("SELECT * FROM hourly_survival(%s)", silence_days)
    all_customers = [row[1:] for row in curves if row[0] is None]
    assert all_customers == told.rows("SELECT * FROM survival(%s)", silence_days)
    assert curves[len(all_customers) :] == told.rows("SELECT * FROM survival_by_cohort(%s)", silence_days)
    assert len({row[0] for row in curves}) > 10
    [test] = told.rows("SELECT * FROM hourly_log_rank(%s)", silence_days)
    [now] = told.rows("SELECT * FROM log_rank(%s)", silence_days)
    assert test == (pytest.approx(now[0]), now[1], pytest.approx(now[2]))


def test_of_curves_the_newest_hour_is_kept_and_of_other_rules_there_are_none(told):
    told.set_time(NOON + HOUR)
    told.tell_hour()
    assert told.rows("SELECT DISTINCT hour FROM survival_hours") == [(NOON + HOUR,)]
    assert told.rows("SELECT * FROM hourly_survival(45)") == []
    assert told.rows("SELECT * FROM hourly_log_rank(45)") == [(0, 0, None)]


def test_an_hour_is_told_once(told):
    before = told.rows("SELECT * FROM store_hours, quintile_hours, segment_hours")
    told.set_time(NOON + HOUR - MICROSECOND)
    told.database.execute("ALTER FUNCTION expected_revenue RENAME TO costly")  # it is not even asked
    assert told.tell_hour() is None
    assert told.rows("SELECT * FROM store_hours, quintile_hours, segment_hours") == before


def test_of_hours_that_have_passed_meanwhile_only_the_newest_is_told(told):
    told.set_time(NOON + 7 * HOUR)
    assert told.tell_hour() == NOON + 7 * HOUR
    for table in ("store_hours", "quintile_hours"):
        assert told.rows(f"SELECT hour FROM {table} ORDER BY 1") == [(NOON,), (NOON + 7 * HOUR,)]


def test_hours_begin_with_those_of_utc(store):
    store.describe("Asia/Kolkata", NOON + timedelta(minutes=45))
    store.database.execute("SET TimeZone = 'Asia/Kolkata'")  # where they begin half an hour later
    assert store.tell_hour() == NOON


def test_nothing_is_told_before_the_first_heartbeat_or_of_a_shop_that_is_not_known(store):
    assert store.tell_hour() is None
    store.set_time(NOON)
    assert store.tell_hour() is None
    assert store.rows("SELECT * FROM store_hours") == []


def test_what_the_model_would_tell_is_null_where_it_is_not_known(store):
    store.describe()
    store.buy([Purchase("c1", NOON - 100 * DAY)])
    assert store.tell_hour() == NOON
    (hour,) = store.ask("SELECT * FROM store_hours")
    assert (hour["customers"], hour["silent_90"]) == (1, 1)
    assert hour["expected_alive"] is hour["revenue_30"] is hour["revenue_90_upper"] is None


def test_an_hour_must_be_of_one_state_of_the_database(store):
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="REPEATABLE READ"):
        store.database.execute("SELECT tell_hour()")
