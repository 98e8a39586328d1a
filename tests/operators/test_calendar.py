import pytest

from operators.calendar import Calendar
from operators.census import CENSUS_US, LEAD_US, SPREAD_US
from operators.instant import DAY_US
from operators.schedule import Schedule
from operators.version import Request
from tests.operators.test_days import budget
from tests.operators.versions import adopted, refused

DAY, MONTH = DAY_US, CENSUS_US
BEGAN = MONTH - 10 * LEAD_US


@pytest.fixture
def schedule(risk):
    return Schedule(risk)


@pytest.fixture
def calendar(schedule):
    calendar = Calendar(schedule, is_refitted=True)
    calendar.begin(BEGAN)
    return calendar


def test_time_waits_for_the_decision_after_a_census(calendar):
    waits_at = MONTH + LEAD_US - 1
    assert calendar.limit(2 * MONTH, BEGAN) == waits_at
    assert calendar.limit(2 * MONTH, waits_at) == waits_at
    assert calendar.limit(MONTH + 5, BEGAN) == MONTH + 5
    assert calendar.decide(refused(MONTH), waits_at)
    assert calendar.limit(2 * MONTH, waits_at) == 2 * MONTH
    assert calendar.limit(3 * MONTH, waits_at) == 2 * MONTH + LEAD_US - 1


def test_without_refits_time_waits_only_for_what_was_asked_for(schedule):
    calendar = Calendar(schedule, is_refitted=False)
    calendar.begin(BEGAN)
    assert calendar.limit(3 * MONTH, BEGAN) == 3 * MONTH
    assert list(calendar.request("clock-00", Request(BEGAN + 9), BEGAN)) == []
    assert calendar.limit(3 * MONTH, BEGAN) == BEGAN + 9 + LEAD_US - 1


def test_censuses_before_the_first_stream_time_were_not_taken_and_are_not_waited_for(schedule):
    calendar = Calendar(schedule, is_refitted=True)
    assert calendar.between(0, 3 * MONTH) == []
    calendar.begin(2 * MONTH + 5)
    assert calendar.between(0, 3 * MONTH) == [3 * MONTH]
    assert calendar.limit(3 * MONTH, 2 * MONTH + 5) == 3 * MONTH
    assert list(calendar.ends("clock-07", None, 2 * MONTH + LEAD_US)) == []


def test_a_clock_tells_the_end_of_a_census_once_all_groups_have_been_counted(calendar):
    fitted_at_us = MONTH - 50 * DAY
    calendar.decide(adopted(fitted_at_us, "v"), None)
    over = MONTH + SPREAD_US
    assert list(calendar.ends("clock-00", MONTH - 1, over - 1)) == []
    [end] = calendar.ends("clock-00", over - 1, over)
    assert list(calendar.ends("clock-00", over, over + LEAD_US)) == []
    assert (end.is_missed, end.is_decision_due) == (False, True)
    now, month_ago, quarter_ago = [(version.model_version, version.fitted_at_us) for version in end.in_force]
    assert now == month_ago == ("v", fitted_at_us)
    assert quarter_ago == ("test", None)


def test_the_first_of_several_decisions_counts(calendar, schedule):
    assert calendar.decide(adopted(MONTH, "first"), MONTH)
    assert not calendar.decide(adopted(MONTH, "second", r=9.0), MONTH)
    assert schedule.at(MONTH + LEAD_US).model_version == "first"


def test_a_version_that_was_refused_is_not_in_force(calendar, schedule):
    calendar.decide(refused(MONTH), MONTH)
    assert schedule.at(2 * MONTH).model_version == "test"


def test_a_request_for_a_census_that_is_taken_anyway_changes_nothing_when_late(calendar):
    during = MONTH + SPREAD_US // 2
    assert list(calendar.request("clock-00", Request(MONTH), during)) == []
    [end] = calendar.ends("clock-00", MONTH, MONTH + SPREAD_US)
    assert (end.is_missed, end.is_decision_due) == (False, True)


def test_a_refusal_that_comes_late_is_kept_all_the_same(calendar):
    assert calendar.decide(refused(MONTH + 1, "missed"), 2 * MONTH)


@pytest.mark.parametrize("is_refitted", [False, True])
def test_a_census_taken_while_refits_were_off_is_not_waited_for_when_they_are_turned_on(
    schedule, is_refitted
):
    before = Calendar(schedule, is_refitted=is_refitted)
    before.begin(BEGAN)
    calendar = Calendar(schedule, is_refitted=True)
    calendar.remember(before.memory(MONTH + SPREAD_US))
    calendar.begin(MONTH + SPREAD_US)
    waits_at = (MONTH if is_refitted else 2 * MONTH) + LEAD_US - 1
    assert calendar.limit(3 * MONTH, MONTH + SPREAD_US) == waits_at


def test_a_version_that_comes_too_late_is_told_of_and_left_out(calendar, schedule, caplog):
    assert not calendar.decide(adopted(MONTH, "late"), MONTH + LEAD_US)
    assert schedule.at(2 * MONTH).model_version == "test"
    assert "late comes too late" in caplog.text


def test_a_census_that_was_asked_for_too_late_ends_at_once(calendar):
    [end] = calendar.request("clock-03", Request(BEGAN), BEGAN)
    assert (end.taken_at_us, end.is_missed, end.is_decision_due) == (BEGAN, True, True)


def test_time_waits_for_versions_and_for_budgets(schedule):
    calendar = Calendar(schedule, is_refitted=True, alerts_a_day=1)
    calendar.begin(MONTH - DAY)
    waits = []
    at_us = MONTH - DAY
    while (now_us := calendar.limit(MONTH + DAY, at_us)) < MONTH + DAY:
        waits.append(now_us)
        if now_us == MONTH + LEAD_US - 1:
            calendar.decide(refused(MONTH), now_us)
        else:
            calendar.days.decide(budget((now_us + 1) // DAY), now_us)
        at_us = now_us
    assert waits == [MONTH - 1, MONTH + LEAD_US - 1, MONTH + DAY - 1]
    again = Calendar(Schedule(schedule.at(None)), is_refitted=True, alerts_a_day=1)
    again.remember(calendar.memory(at_us))
    assert again.limit(MONTH + 2 * DAY, at_us) == MONTH + 2 * DAY - 1


def test_a_memory_from_before_there_were_budgets_is_taken_up(calendar, schedule):
    *before, _ = calendar.memory(MONTH)
    again = Calendar(schedule, is_refitted=False, alerts_a_day=1)
    again.remember(before)
    again.begin(MONTH)
    assert again.limit(2 * MONTH, MONTH) == MONTH + DAY - 1
    assert again.days.undecided(0, MONTH + DAY) == [MONTH // DAY + 1]


def test_what_is_remembered_is_known_after_a_restart(calendar, schedule, risk):
    list(calendar.request("clock-00", Request(MONTH + 5), MONTH))
    calendar.decide(adopted(MONTH, "v"), MONTH)
    schedule_again = Schedule(risk)
    again = Calendar(schedule_again, is_refitted=True)
    for _ in range(2):  # every clock of a worker hands the same over
        again.remember(calendar.memory(MONTH + LEAD_US))
    assert schedule_again.at(MONTH + LEAD_US).model_version == "v"
    assert again.memory(MONTH + LEAD_US) == calendar.memory(MONTH + LEAD_US)
    assert again.limit(2 * MONTH, MONTH + LEAD_US) == MONTH + 5 + LEAD_US - 1
    # Of what is over, only the versions are remembered.
    began, _, requested, decided, versions, _ = again.memory(2 * MONTH)
    assert (began, requested, decided, len(versions)) == (BEGAN, [], [], 1)
