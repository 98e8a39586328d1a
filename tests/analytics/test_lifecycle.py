"""The function, and the recompute that it stands on, against a plain count."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.analytics.store import DAY, NOON, Purchase, invented

pytestmark = pytest.mark.stack

RULES = (30, 60, 90)
FLOWS = ("new", "returning", "reactivated", *(f"lapsed_{days}" for days in RULES))


def days_from(first_day, last_day):
    return [date.fromordinal(day) for day in range(first_day.toordinal(), last_day.toordinal() + 1)]


def flows(orders, zone):
    """What happened on each day, customer by customer and order by order."""
    counts = Counter()
    for of_one in orders.values():
        for number, placed_at in enumerate(of_one):
            day = placed_at.astimezone(zone).date()
            if number == 0:
                counts[day, "new"] += 1
            elif of_one[number - 1].astimezone(zone).date() < day:
                gap = placed_at - of_one[number - 1]
                counts[day, "returning" if gap < 90 * DAY else "reactivated"] += 1
            for days in RULES:
                end = placed_at + days * DAY
                if number + 1 == len(of_one) or end <= of_one[number + 1]:
                    counts[end.astimezone(zone).date(), f"lapsed_{days}"] += 1
    return counts


def stocks(orders, zone, day):
    """Who is active and dormant when the day ends."""
    before = [[at for at in of_one if at.astimezone(zone).date() <= day] for of_one in orders.values()]
    latest = [max(of_one) for of_one in before if of_one]
    active = [sum((at + days * DAY).astimezone(zone).date() > day for at in latest) for days in RULES]
    return {
        **{f"active_{days}": count for days, count in zip(RULES, active, strict=True)},
        **{f"dormant_{days}": len(latest) - count for days, count in zip(RULES, active, strict=True)},
    }


def counted(store, first_day, last_day, time_zone, now=NOON):
    orders, zone = store.orders_until(now + 9 * DAY), ZoneInfo(time_zone)
    today, counts = now.astimezone(zone).date(), flows(orders, zone)
    return [
        {
            "day": day,
            "is_complete": day < today,
            **{kind: counts[day, kind] for kind in FLOWS},
            **stocks(orders, zone, day),
        }
        for day in days_from(first_day, min(last_day, today))
    ]


@pytest.mark.parametrize("time_zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])
@pytest.mark.parametrize("seed", range(2))
def test_the_days_are_what_a_plain_count_gives(store, seed, time_zone):
    store.describe(time_zone)
    store.buy(invented(seed, time_zone))
    span = (date(2025, 2, 1), date(2026, 12, 31))
    found = store.ask("SELECT * FROM lifecycle(%s, %s)", *span)
    assert found == counted(store, *span, time_zone)
    for kind in FLOWS:
        assert sum(line[kind] for line in found) > 10
    some = (date(2026, 3, 25), date(2026, 4, 2))  # summer time begins
    assert store.ask("SELECT * FROM lifecycle(%s, %s)", *some) == counted(store, *some, time_zone)


def test_the_recompute_adds_up_orders_and_what_they_are_worth(store):
    store.describe()
    store.buy(invented(4, "Europe/Berlin"))
    expected = defaultdict(lambda: {"orders": 0, "revenue": 0, "refunds": 0})
    for purchase in store.purchases:
        line = expected[purchase.placed_at.astimezone(ZoneInfo("Europe/Berlin")).date()]
        line["orders"] += purchase.is_order
        line["revenue" if purchase.is_order else "refunds"] += abs(purchase.value)
    found = store.ask(
        "SELECT day, orders, revenue, refunds FROM store_windows WHERE orders <> 0 OR refunds <> 0"
    )
    assert {line.pop("day"): line for line in found} == expected
    assert sum(line["refunds"] for line in expected.values()) > 0


def test_the_recompute_has_no_line_of_nothing_but_zeros(store):
    store.describe()
    store.buy([Purchase("c1", NOON, 5, is_order=False), Purchase("c1", NOON, -5, is_order=False)])
    assert store.rows("SELECT * FROM store_windows") == []


def test_a_silence_of_exactly_90_days_makes_lapsed_and_reactivated(store):
    store.describe()
    store.buy([Purchase("c1", NOON - 90 * DAY), Purchase("c1", NOON)])
    found = store.ask(
        'SELECT new, "returning", reactivated, lapsed_90, active_90, dormant_90 '
        "FROM lifecycle('2026-07-14', '2026-07-15')"
    )
    before = {"new": 0, "returning": 0, "reactivated": 0, "lapsed_90": 0, "active_90": 1, "dormant_90": 0}
    assert found == [before, {**before, "reactivated": 1, "lapsed_90": 1}]


def test_days_without_customers_are_zero_and_days_to_come_are_left_out(store):
    assert store.ask("SELECT * FROM lifecycle('2026-07-14', '2026-07-16')") == []
    store.describe()
    names = [*FLOWS, *(f"{kind}_{days}" for kind in ("active", "dormant") for days in RULES)]
    nothing = dict.fromkeys(names, 0)
    assert store.ask("SELECT * FROM lifecycle('2026-07-14', '2026-07-16')") == [
        {"day": date(2026, 7, 14), "is_complete": True, **nothing},
        {"day": date(2026, 7, 15), "is_complete": False, **nothing},
    ]


def test_days_without_bounds_are_those_since_the_first(store):
    store.describe()
    everything = "SELECT * FROM lifecycle('-infinity', 'infinity')"
    assert store.ask(everything) == []
    store.buy([Purchase("c1", NOON - 2 * DAY)])
    assert store.ask(everything) == store.ask("SELECT * FROM lifecycle('2026-07-13', '2026-07-15')")


def test_nothing_is_told_before_the_first_heartbeat(store):
    store.set_zone("Europe/Berlin")
    store.buy([Purchase("c1", NOON)])
    assert store.ask("SELECT * FROM lifecycle('2026-07-14', '2026-07-16')") == []


def test_a_day_ends_when_the_shops_does(store):
    store.describe("Pacific/Kiritimati", now=datetime(2026, 1, 1, tzinfo=ZoneInfo("Pacific/Kiritimati")))
    days = store.ask("SELECT day, is_complete FROM lifecycle('2025-12-31', '2026-12-31')")
    assert days == [
        {"day": date(2025, 12, 31), "is_complete": True},
        {"day": date(2026, 1, 1), "is_complete": False},
    ]


def test_a_day_that_begins_twice_is_one_day(store):
    store.describe("America/Havana")  # on 2 November 2025, clocks were put back from 1 o'clock to midnight
    twice = [datetime(2025, 11, 2, hour, 30, tzinfo=UTC) for hour in (4, 5)]
    store.buy([Purchase("c1", twice[0]), Purchase("c2", twice[1]), Purchase("c2", twice[0] - DAY)])
    found = store.ask("SELECT day, new, \"returning\" FROM lifecycle('2025-11-02', '2025-11-02')")
    assert found == [{"day": date(2025, 11, 2), "new": 1, "returning": 1}]
