"""The function against a plain count."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.analytics.store import DAY, NOON, Purchase, invented

pytestmark = pytest.mark.stack


def counted(store, first_day, last_day, now, time_zone):
    """The days, customer by customer and order by order."""
    zone = ZoneInfo(time_zone)
    counts = Counter()
    for orders in store.orders_until(now).values():
        for number, placed_at in enumerate(orders):
            day = placed_at.astimezone(zone).date()
            if number == 0:
                counts[day, "new"] += 1
            elif orders[number - 1].astimezone(zone).date() < day:
                gap = placed_at - orders[number - 1]
                counts[day, "returning" if gap < 90 * DAY else "reactivated"] += 1
            end = orders[number + 1] if number + 1 < len(orders) else now
            if placed_at + 90 * DAY <= end:
                counts[(placed_at + 90 * DAY).astimezone(zone).date(), "dormant"] += 1
    lines, day = [], first_day
    while day <= min(last_day, now.astimezone(zone).date()):
        kinds = ("new", "returning", "reactivated", "dormant")
        lines.append({"day": day, **{kind: counts[day, kind] for kind in kinds}})
        day += DAY
    return lines


@pytest.mark.parametrize("time_zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])
@pytest.mark.parametrize("seed", range(2))
def test_the_days_are_what_a_plain_count_gives(store, seed, time_zone):
    store.describe(time_zone)
    store.buy(invented(seed, time_zone))
    span = (date(2025, 2, 1), date(2026, 12, 31))
    found = store.ask("SELECT * FROM lifecycle(%s, %s)", *span)
    assert found == counted(store, *span, NOON, time_zone)
    for kind in ("new", "returning", "reactivated", "dormant"):
        assert sum(line[kind] for line in found) > 10
    some = (date(2026, 3, 25), date(2026, 4, 2))  # summer time begins
    assert store.ask("SELECT * FROM lifecycle(%s, %s)", *some) == counted(store, *some, NOON, time_zone)


def test_who_has_been_new_and_has_not_become_dormant_is_active(store):
    store.describe()
    store.buy(invented(3, "Europe/Berlin"))
    days = store.ask("SELECT * FROM lifecycle('2020-01-01', '2027-01-01')")
    active = sum(line["new"] + line["reactivated"] - line["dormant"] for line in days)
    silences = [NOON - orders[-1] for orders in store.orders_until(NOON).values()]
    assert active == sum(silence < 90 * DAY for silence in silences) > 0


def test_a_silence_of_exactly_90_days_makes_dormant_and_reactivated(store):
    store.describe()
    ordered_at = NOON - 90 * DAY
    store.buy([Purchase("c1", ordered_at), Purchase("c1", NOON)])
    found = store.ask("SELECT * FROM lifecycle('2026-07-15', '2026-07-15')")
    assert found == [{"day": date(2026, 7, 15), "new": 0, "returning": 0, "reactivated": 1, "dormant": 1}]


def test_days_without_customers_are_zero_and_days_to_come_are_left_out(store):
    assert store.ask("SELECT * FROM lifecycle('2026-07-14', '2026-07-16')") == []
    store.describe()
    nothing = {"new": 0, "returning": 0, "reactivated": 0, "dormant": 0}
    assert store.ask("SELECT * FROM lifecycle('2026-07-14', '2026-07-16')") == [
        {"day": date(2026, 7, 14), **nothing},
        {"day": date(2026, 7, 15), **nothing},
    ]


def test_a_day_ends_when_the_shops_does(store):
    store.describe("Pacific/Kiritimati", now=datetime(2026, 1, 1, tzinfo=ZoneInfo("Pacific/Kiritimati")))
    days = [line["day"] for line in store.ask("SELECT day FROM lifecycle('2025-12-31', '2026-12-31')")]
    assert days == [date(2025, 12, 31), date(2026, 1, 1)]


def test_a_day_that_begins_twice_is_one_day(store):
    store.describe("America/Havana")  # on 2 November 2025, clocks were put back from 1 o'clock to midnight
    twice = [datetime(2025, 11, 2, hour, 30, tzinfo=UTC) for hour in (4, 5)]
    store.buy([Purchase("c1", twice[0]), Purchase("c2", twice[1]), Purchase("c2", twice[0] - DAY)])
    found = store.ask("SELECT day, new, \"returning\" FROM lifecycle('2025-11-02', '2025-11-02')")
    assert found == [{"day": date(2025, 11, 2), "new": 1, "returning": 1}]
