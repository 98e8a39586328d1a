"""The function against a plain count."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.analytics.store import BERLIN, DAY, MICROSECOND, NOON, Purchase, invented

pytestmark = pytest.mark.stack

PERIODS = [(30, 1), (30, 29), (60, 7), (60, 30), (90, 30), (90, 89)]


def midnight(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def counted(orders, silence_days, period_days, today, zone):
    """The active when the period begins, and those of them who lapse in it, customer by customer."""
    first_day = today - period_days * DAY
    start, end, silence = midnight(first_day, zone), midnight(today, zone), silence_days * DAY
    active = lapsed = 0
    for of_one in orders.values():
        before = [placed_at for placed_at in of_one if placed_at < start]
        if not before or before[-1] + silence < start:
            continue
        active += 1
        after = [placed_at for placed_at in of_one if placed_at >= start]
        lapses_at = before[-1] + silence
        lapsed += lapses_at < end and (not after or lapses_at <= after[0])
    rate = lapsed / active if active else None
    return {
        "first_day": first_day,
        "last_day": today - DAY,
        "active": active,
        "lapsed": lapsed,
        "churn_rate": rate,
    }


@pytest.mark.parametrize("time_zone", ["Europe/Berlin", "Pacific/Kiritimati"])
@pytest.mark.parametrize("now", [NOON, datetime(2026, 4, 8, tzinfo=BERLIN)])  # summer time had begun in March
def test_churn_within_a_period_is_what_a_plain_count_gives(store, now, time_zone):
    zone = ZoneInfo(time_zone)
    store.describe(time_zone, now)
    store.buy(invented(2, time_zone, now))
    today = now.astimezone(zone).date()
    for silence_days, period_days in PERIODS:
        expected = counted(store.orders_until(now), silence_days, period_days, today, zone)
        assert store.ask("SELECT * FROM period_churn(%s, %s)", silence_days, period_days) == [expected]
    expected = counted(store.orders_until(now), 90, 30, today, zone)
    assert store.ask("SELECT * FROM period_churn(90)") == [expected]
    assert 0 < expected["lapsed"] < expected["active"]


@pytest.mark.parametrize("early_by", [timedelta(0), MICROSECOND])
def test_whoever_comes_back_after_the_lapse_has_lapsed_all_the_same(store, early_by):
    store.describe()
    ordered_at = NOON - 100 * DAY
    store.buy([Purchase("c1", ordered_at), Purchase("c1", ordered_at + 90 * DAY - early_by)])
    (found,) = store.ask("SELECT active, lapsed FROM period_churn(90, 30)")
    assert found == {"active": 1, "lapsed": 0 if early_by else 1}


def test_a_silence_that_lapsed_before_the_period_is_not_active(store):
    store.describe()
    start = midnight(NOON.date() - 30 * DAY, BERLIN)
    store.buy([Purchase("c1", start - 90 * DAY), Purchase("c2", start - 90 * DAY - MICROSECOND)])
    (found,) = store.ask("SELECT active, lapsed FROM period_churn(90, 30)")
    assert found == {"active": 1, "lapsed": 1}


def test_where_nobody_was_active_there_is_no_rate(store):
    store.set_zone("Europe/Berlin")
    assert store.ask("SELECT * FROM period_churn(30)") == []
    store.set_time(NOON)
    store.buy([Purchase("c1", NOON - DAY)])
    assert store.ask("SELECT active, lapsed, churn_rate FROM period_churn(30)") == [
        {"active": 0, "lapsed": 0, "churn_rate": None}
    ]


@pytest.mark.parametrize("arguments", ["45", "30, 31", "30, 0", "NULL", "90, NULL"])
def test_what_days_cannot_answer_is_refused(store, arguments):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="must be 30, 60 or 90"):
        store.ask(f"SELECT * FROM period_churn({arguments})")
