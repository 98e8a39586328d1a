import pytest

from operators.budget import Budget
from operators.census import LEAD_US, SPREAD_US
from operators.days import Days
from operators.instant import DAY_US
from operators.schedule import Schedule

FIRST = 20_000  # the day in which time begins
BEGAN = FIRST * DAY_US + 7


def budget(day, least_cents=500):
    return Budget(day=day, alerts_a_day=3, due=9, least_cents=least_cents)


def midnight(day):
    return day * DAY_US


@pytest.fixture
def schedule(risk):
    return Schedule(risk)


@pytest.fixture
def days(schedule):
    days = Days(schedule, 3)
    days.begin(BEGAN)
    return days


def test_time_waits_for_the_budget_of_each_day_at_the_last_instant_before_it(days):
    now, waits_at = midnight(FIRST + 9), midnight(FIRST + 1) - 1
    assert days.limit(now, BEGAN) == days.limit(now, waits_at) == waits_at
    assert days.limit(waits_at - 5, BEGAN) == waits_at - 5
    days.decide(budget(FIRST + 1), waits_at)
    assert days.limit(now, waits_at) == midnight(FIRST + 2) - 1
    for day in range(FIRST + 2, FIRST + 10):
        days.decide(budget(day), waits_at)
    assert days.limit(now, waits_at) == now


@pytest.mark.parametrize(("began_us", "first"), [(-LEAD_US - 1, 1), (-LEAD_US, 2), (-1, 2), (0, 2)])
def test_a_day_whose_count_had_begun_before_days_were_limited_has_no_limit(schedule, began_us, first):
    days = Days(schedule, 3)
    days.begin(midnight(FIRST + 1) + began_us)
    now_us = midnight(FIRST + 3)
    assert days.undecided(0, now_us)[0] == FIRST + first
    assert days.limit(now_us, midnight(FIRST + 1) + began_us) == midnight(FIRST + first) - 1


def test_without_a_budget_time_waits_for_none_and_what_was_decided_stays(schedule):
    days = Days(schedule, None)
    days.begin(BEGAN)
    days.decide(budget(FIRST + 1), BEGAN)
    assert days.limit(midnight(FIRST + 9), BEGAN) == midnight(FIRST + 9)
    assert days.undecided(0, midnight(FIRST + 9)) == []
    assert list(days.ends("clock-00", None, midnight(FIRST + 9))) == []
    assert schedule.least_cents(midnight(FIRST + 1)) == 500


def test_a_day_is_limited_from_midnight_to_midnight(days, schedule):
    days.decide(budget(FIRST + 1), BEGAN)
    instants_us = (midnight(FIRST + 1) - 1, midnight(FIRST + 1), midnight(FIRST + 2) - 1, midnight(FIRST + 2))
    assert [schedule.least_cents(at_us) for at_us in instants_us] == [0, 500, 500, 0]


def test_the_first_of_several_budgets_of_a_day_counts(days, schedule):
    for least_cents in (0, 700):
        days.decide(budget(FIRST + 1, least_cents), BEGAN)
    assert schedule.least_cents(midnight(FIRST + 1)) == 0


def test_a_budget_that_comes_too_late_is_told_of_once_and_limits_nothing(days, schedule, caplog):
    for _ in range(2):
        days.decide(budget(FIRST + 1), midnight(FIRST + 1))
    assert schedule.least_cents(midnight(FIRST + 1)) == 0
    assert caplog.text.count("too late: the day has begun") == 1


def test_a_clock_tells_the_end_once_all_groups_have_told(days):
    count_us = midnight(FIRST + 1) - LEAD_US
    over = count_us + SPREAD_US
    assert list(days.ends("clock-07", count_us - 1, over - 1)) == []
    [end] = days.ends("clock-07", over - 1, over)
    assert (end.taken_at_us, end.clock, end.alerts_a_day, end.is_decision_due) == (
        count_us,
        "clock-07",
        3,
        True,
    )
    assert list(days.ends("clock-07", over, over + LEAD_US)) == []
    days.decide(budget(FIRST + 1), over)
    [end] = days.ends("clock-07", over - 1, over)
    assert not end.is_decision_due


def test_only_days_that_are_undecided_are_counted(days):
    days.decide(budget(FIRST + 2), BEGAN)
    assert days.undecided(BEGAN, midnight(FIRST + 3)) == [FIRST + 1, FIRST + 3]


def test_what_is_remembered_is_known_after_a_restart(days, risk):
    for day, least_cents in ((1, 500), (2, 0), (3, 0), (4, 700)):
        days.decide(budget(FIRST + day, least_cents), BEGAN)
    now_us = midnight(FIRST + 3) - 1
    again_schedule = Schedule(risk)
    again = Days(again_schedule, 3)
    for _ in range(2):  # every clock of a worker hands the same over
        again.remember(days.memory(now_us))
    again.begin(now_us)
    assert again.memory(now_us) == days.memory(now_us)
    assert again.limit(midnight(FIRST + 9), now_us) == midnight(FIRST + 5) - 1
    assert [again_schedule.least_cents(midnight(FIRST + day)) for day in range(1, 5)] == [500, 0, 0, 700]
    # Of days that are over, only the limits are remembered.
    _, least_cents = again.memory(midnight(FIRST + 9))
    assert least_cents == {FIRST + 1: 500, FIRST + 4: 700}


def test_days_are_limited_anew_from_when_budgets_are_switched_on_again(days, schedule):
    off = Days(schedule, None)
    off.remember(days.memory(midnight(FIRST + 3)))
    off.begin(midnight(FIRST + 3))
    again = Days(schedule, 3)
    again.remember(off.memory(midnight(FIRST + 5) - 1))
    again.begin(midnight(FIRST + 5) - 1)
    assert again.limit(midnight(FIRST + 9), midnight(FIRST + 5) - 1) == midnight(FIRST + 6) - 1
