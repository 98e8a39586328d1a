"""The function against a plain count."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.analytics.store import BERLIN, DAY, MICROSECOND, NOON, Purchase, invented

pytestmark = pytest.mark.stack


def ordinal(day):
    return day.year * 12 + day.month - 1


def first_day(ordinal):
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def counted(store, now, time_zone):
    """The matrix, customer by customer and cell by cell."""
    zone = ZoneInfo(time_zone)
    months = [
        sorted({ordinal(placed_at.astimezone(zone)) for placed_at in orders})
        for orders in store.orders_until(now + 9 * DAY).values()
    ]
    lines = []
    for cohort in sorted({of_one[0] for of_one in months}):
        cohort_months = [of_one for of_one in months if of_one[0] == cohort]
        size = len(cohort_months)
        for month in range(cohort, ordinal(now.astimezone(zone)) + 1):
            next_month = first_day(month + 1)
            end = datetime(next_month.year, next_month.month, 1, tzinfo=zone)
            ordered = sum(month in of_one for of_one in cohort_months) if end <= now else None
            since = sum(of_one[-1] >= month for of_one in cohort_months) if end <= now else None
            lines.append(
                {
                    "cohort": first_day(cohort),
                    "age_months": month - cohort,
                    "customers": size,
                    "ordered": ordered,
                    "ordered_since": since,
                    "retention": None if ordered is None else ordered / size,
                    "unbounded_retention": None if since is None else since / size,
                }
            )
    return lines


@pytest.mark.parametrize("time_zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("seed", range(2))
def test_the_matrix_is_what_a_plain_count_gives(store, seed, time_zone):
    store.describe(time_zone)
    store.buy(invented(seed, time_zone))
    found = store.ask("SELECT * FROM retention()")
    assert found == counted(store, NOON, time_zone)
    assert 0 < sum(line["ordered"] or 0 for line in found if line["age_months"]) < 1000


def test_cohorts_can_be_chosen(store):
    store.describe()
    store.buy(invented(1, "Europe/Berlin"))
    every = counted(store, NOON, "Europe/Berlin")
    first, last = date(2025, 10, 1), date(2026, 1, 1)
    found = store.ask("SELECT * FROM retention(%s, %s)", first, last)
    assert found == [line for line in every if first <= line["cohort"] <= last]
    assert {line["cohort"] for line in found} == {
        date(2025, 10, 1),
        date(2025, 11, 1),
        date(2025, 12, 1),
        last,
    }
    assert store.ask("SELECT * FROM retention(%s)", last) == [
        line for line in every if line["cohort"] >= last
    ]


@pytest.mark.parametrize("short_by", [timedelta(0), MICROSECOND])
def test_a_cell_is_told_once_its_month_is_over_in_the_shop(store, short_by):
    now = datetime(2026, 5, 1, tzinfo=BERLIN) - short_by
    store.describe(now=now)
    store.buy([Purchase("c1", datetime(2026, 3, 31, 23, 59, tzinfo=BERLIN))])
    found = store.ask("SELECT age_months, customers, ordered, ordered_since FROM retention()")
    of_march = {"age_months": 0, "customers": 1, "ordered": 1, "ordered_since": 1}
    of_april = {"age_months": 1, "customers": 1, "ordered": 0, "ordered_since": 0}
    untold = {"customers": 1, "ordered": None, "ordered_since": None}
    if short_by:
        assert found == [of_march, {"age_months": 1, **untold}]
    else:
        assert found == [of_march, of_april, {"age_months": 2, **untold}]


def test_whose_latest_order_lies_ahead_in_the_next_month_has_not_left(store):
    now = datetime(2026, 5, 1, tzinfo=BERLIN) - MICROSECOND
    store.describe(now=now)
    store.buy([Purchase("c1", now - 40 * DAY), Purchase("c1", now + MICROSECOND), Purchase("c2", now + DAY)])
    found = store.ask("SELECT customers, ordered, ordered_since FROM retention()")
    untold = {"customers": 1, "ordered": None, "ordered_since": None}
    assert found == [{"customers": 1, "ordered": 1, "ordered_since": 1}, untold]


def test_there_is_nothing_before_the_first_heartbeat_and_without_orders(store):
    assert store.ask("SELECT * FROM retention()") == []
    store.describe()
    assert store.ask("SELECT * FROM retention()") == []
