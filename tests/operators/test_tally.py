from hypothesis import given
from hypothesis import strategies as st

from operators.budget import Budget, counted_at_us
from operators.tally import Tallies, Tally, TallyEnd

DAY = 20_782


def end(clock, alerts_a_day, *, is_due=True, day=DAY):
    return TallyEnd(counted_at_us(day), clock, alerts_a_day, is_due)


@given(
    groups=st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=6),
    alerts_a_day=st.integers(1, 8),
    restarts=st.sets(st.integers(0, 7)),
)
def test_as_many_are_kept_as_were_asked_for_or_ties_more(groups, alerts_a_day, restarts):
    tallies = Tallies(2, None)
    items = [Tally.of(DAY, alerts_a_day, cents) for cents in groups]
    items += [end(clock, alerts_a_day) for clock in ("a", "a", "b")]
    verdicts = []
    for number, item in enumerate(items):
        if number in restarts:
            tallies = Tallies(2, tallies.snapshot())
        verdicts += tallies.take(item)
    [budget] = verdicts
    values = [cents for group in groups for cents in group]
    assert (budget.day, budget.alerts_a_day, budget.due) == (DAY, alerts_a_day, len(values))
    kept = [cents for cents in values if cents >= budget.least_cents]
    above = [cents for cents in values if cents > budget.least_cents]
    if len(values) < alerts_a_day:
        assert budget.least_cents == 0
    else:
        assert len(above) < alerts_a_day <= len(kept)
        assert budget.least_cents in values


def test_a_group_tells_no_more_values_than_can_count():
    assert Tally.of(DAY, 2, [5, 9, 1, 7]) == Tally(counted_at_us(DAY), 2, 4, [9, 7])


def test_days_are_told_apart_and_those_that_were_decided_are_not_decided_again():
    tallies = Tallies(1, None)
    for day in (DAY, DAY + 1):
        assert list(tallies.take(Tally.of(day, 1, [day]))) == []
    assert list(tallies.take(end("a", 1, is_due=False))) == []
    [budget] = tallies.take(end("a", 1, day=DAY + 1))
    assert budget == Budget(day=DAY + 1, alerts_a_day=1, due=1, least_cents=DAY + 1)
