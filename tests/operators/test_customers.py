"""What time alone brings: another version of the model, censuses, and budgets of days."""

import random
from collections import Counter, defaultdict

import pytest

from operators.announcement import Announcement
from operators.budget import Budget, counted_at_us, day_counted_at
from operators.census import CENSUS_US, LEAD_US, SPREAD_US, End, Part
from operators.chunk import Record
from operators.clock import Heartbeat, Progress, Tick
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.gathering import Gathering
from operators.group import number_of
from operators.instant import DAY_US, to_us
from operators.keygroup import CLOCKS, _CustomersLogic
from operators.order import OrderChange
from operators.policy import Policy
from operators.row import Row, StreamTime
from operators.schedule import Schedule
from operators.tally import Tallies, Tally, TallyEnd
from operators.version import Request, Version
from tests.operators.versions import adopted, refused

GROUPS = 8
RECORD = Record("orders:0", 0, None, None)
MONTH = CENSUS_US
EARLY, LATE = "c5", "c0"  # of the first and of the last group
SOON = {
    "r": 5.0,
    "alpha_days": 10.0,
    "a": 1.0,
    "b": 5.0,
}  # whoever has ordered once is at risk after four days


def test_the_customers_of_this_file_are_of_the_first_and_of_the_last_group():
    assert (number_of(EARLY, GROUPS), number_of(LATE, GROUPS)) == (0, GROUPS - 1)


@pytest.fixture
def shard(risk):
    return CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), GROUPS, None)


def order(shard, customer_id, at_us):
    group = shard.add_group()
    change = OrderChange(customer_id, "1", 1, at_us, 100, True, RECORD)
    list(group.on_changes([change]))
    return group


def reach(shard, now_us):
    return list(shard.on_progress([Progress("beat:0", 1, Heartbeat(now_us, {}))]))


def of(kind, outputs):
    return [output for output in outputs if isinstance(output, kind)]


def test_another_version_judges_everybody_anew_one_group_after_the_other(shard):
    for customer_id in (EARLY, LATE):
        order(shard, customer_id, MONTH)
    reach(shard, MONTH + 10 * DAY_US)
    since_us = 2 * MONTH + LEAD_US
    shard.calendar.decide(adopted(2 * MONTH, "soon", **SOON), MONTH + 10 * DAY_US)
    before = reach(shard, since_us - 1)
    assert of(Row, before) == of(Announcement, before) == []
    [row] = of(Row, at_first := reach(shard, since_us))
    [alert] = of(Announcement, at_first)
    assert (row.customer_id, row.model_version, row.state) == (EARLY, "soon", "AT_RISK")
    assert row.at_risk_at_us < since_us == alert.at_us
    assert alert.body.model_version == "soon"
    at_last = reach(shard, since_us + SPREAD_US)
    assert [row.customer_id for row in of(Row, at_last)] == [LATE]
    [late] = of(Announcement, at_last)
    assert late.at_us == since_us + SPREAD_US * (GROUPS - 1) // GROUPS


def test_an_alert_that_is_out_is_not_raised_again_by_another_version(shard):
    order(shard, EARLY, 0)
    reach(shard, DAY_US)
    assert len(of(Announcement, reach(shard, MONTH + 29 * DAY_US))) == 1
    shard.calendar.decide(adopted(2 * MONTH, "soon", **SOON), MONTH + 29 * DAY_US)
    outputs = reach(shard, 3 * MONTH)
    assert [one.kind for one in of(Announcement, outputs)] == ["escalated"]
    assert [row.model_version for row in of(Row, outputs)] == ["soon"]
    shard.calendar.decide(adopted(3 * MONTH, "much later", r=0.1, alpha_days=999.0, a=0.1, b=9.0), 3 * MONTH)
    assert of(Announcement, reach(shard, 4 * MONTH)) == []


def test_a_customer_is_due_when_the_version_in_force_says_so(shard):
    order(shard, EARLY, 2 * MONTH)
    reach(shard, 2 * MONTH + 1)
    shard.calendar.decide(adopted(2 * MONTH, "soon", **SOON), 2 * MONTH + 1)
    reach(shard, 2 * MONTH + LEAD_US)
    [alert] = of(Announcement, reach(shard, 2 * MONTH + 30 * DAY_US))
    assert alert.at_us < 2 * MONTH + 10 * DAY_US


def test_a_group_is_judged_anew_after_a_restart_amid_an_adoption(shard, risk):
    groups = [order(shard, customer_id, MONTH) for customer_id in (EARLY, LATE)]
    reach(shard, 2 * MONTH)
    shard.calendar.decide(adopted(2 * MONTH, "soon", **SOON), 2 * MONTH)
    assert len(of(Announcement, reach(shard, 2 * MONTH + LEAD_US + SPREAD_US // 2))) == 1
    again = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), GROUPS, None)
    for snapshot in [*(group.snapshot() for group in groups), shard.snapshot()]:
        again.restore(snapshot)
    outputs = reach(again, 2 * MONTH + LEAD_US + SPREAD_US)
    assert [alert.body.customer_id for alert in of(Announcement, outputs)] == [LATE]
    assert {row.model_version for row in of(Row, outputs)} == {"soon"}


def test_every_group_counts_its_customers_once_a_census_and_not_before_the_first_time(shard):
    for customer_id in (EARLY, LATE):
        order(shard, customer_id, MONTH - DAY_US)
    assert of(Part, reach(shard, MONTH + SPREAD_US // 2)) == []  # the census of MONTH was not taken
    assert of(Part, reach(shard, 2 * MONTH - 1)) == []
    [first] = of(Part, reach(shard, 2 * MONTH))
    [last] = of(Part, reach(shard, 2 * MONTH + SPREAD_US))
    assert first.taken_at_us == last.taken_at_us == 2 * MONTH
    assert len(of(Part, reach(shard, 4 * MONTH + SPREAD_US))) == 4  # two groups, two censuses


def clocks_of(shard, snapshots=None):
    snapshots = snapshots or dict.fromkeys(CLOCKS)
    return {name: _CustomersLogic(shard, snapshot) for name, snapshot in snapshots.items()}


def tell(clocks, now_us, news=()):
    outputs = []
    for name, logic in clocks.items():
        progress = Progress("beat:0", 1, Heartbeat(now_us, {}))
        outputs += logic.on_batch([Tick(name, progress, list(news))])[0]
    return outputs


@pytest.fixture
def refitted(risk):
    return CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), GROUPS, None, is_refitted=True)


def test_a_census_leads_to_forecasts_and_a_decision_that_time_waits_for(refitted, storm):
    clocks, gathering = clocks_of(refitted), Gathering(len(CLOCKS), None, storm)
    order(refitted, EARLY, MONTH)
    tell(clocks, MONTH + DAY_US)
    outputs = tell(clocks, 3 * MONTH)
    [time] = of(StreamTime, outputs)
    assert time.now_us == 2 * MONTH + LEAD_US - 1
    assert len(of(Part, outputs)) == 1
    assert len(of(End, outputs)) == len(CLOCKS)
    half = of(Part, outputs) + of(End, outputs)[:30]
    assert [verdict for item in half for verdict in gathering.take(item)] == []
    gathering = Gathering(len(CLOCKS), gathering.snapshot(), storm)
    verdicts = [verdict for item in of(End, outputs)[30:] for verdict in gathering.take(item)]
    [version] = of(Version, verdicts)
    assert (version.fitted_at_us, version.effective_from_us) == (2 * MONTH, 2 * MONTH + LEAD_US)
    assert not version.adopted
    assert "customer" in version.reason
    assert {(v.made_at_us, v.horizon_days) for v in verdicts if not isinstance(v, Version)} == {
        (2 * MONTH - days * DAY_US, horizon) for days, horizon in ((0, 30), (0, 90), (30, 30), (90, 90))
    }
    # Read back from the topic, it is told of once, and time goes on.
    after = tell(clocks, 3 * MONTH, [version])
    assert of(Version, after) == [version]
    assert max(time.now_us for time in of(StreamTime, after)) == 3 * MONTH


def test_time_begins_with_the_first_heartbeat_however_many_come_at_once(refitted):
    """Workers get them in other portions, and must wait for the same censuses."""
    beats = [
        Progress("beat:0", 1 + i, Heartbeat(at_us, {})) for i, at_us in enumerate((MONTH + 5, 4 * MONTH))
    ]
    clocks = clocks_of(refitted)
    outputs = [
        each for name, logic in clocks.items() for each in logic.on_batch([Tick(name, b) for b in beats])[0]
    ]
    assert [time.now_us for time in of(StreamTime, outputs)] == [MONTH + 5, 2 * MONTH + LEAD_US - 1]
    assert [time.alerts_since_us for time in of(StreamTime, outputs)] == [MONTH + 5] * 2
    assert {end.taken_at_us for end in of(End, outputs)} == {2 * MONTH}
    assert len(of(End, outputs)) == len(CLOCKS)


def test_a_census_that_one_worker_was_too_late_for_is_not_judged(refitted, storm):
    clocks, gathering = clocks_of(refitted), Gathering(len(CLOCKS), None, storm)
    tell(clocks, MONTH + DAY_US)
    ends = of(End, tell(clocks, MONTH + DAY_US + 5, [Request(MONTH + 7)]))
    assert len(ends) == len(CLOCKS)
    [version] = [verdict for end in ends for verdict in gathering.take(end)]
    assert (version.adopted, version.reason[:11]) == (False, "the request")
    assert version.version.startswith("missed-")


def test_a_restored_clock_ends_no_census_twice(refitted, risk):
    clocks = clocks_of(refitted)
    tell(clocks, MONTH + DAY_US)
    assert len(of(End, tell(clocks, 2 * MONTH + SPREAD_US))) == len(CLOCKS)
    again = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), GROUPS, None, is_refitted=True)
    restored = clocks_of(again, {name: logic.snapshot() for name, logic in clocks.items()})
    assert of(End, tell(restored, 2 * MONTH + SPREAD_US + 1)) == []


def test_a_census_is_not_judged_twice_once_it_has_been_decided(refitted, storm):
    clocks = clocks_of(refitted)
    order(refitted, EARLY, MONTH)
    tell(clocks, MONTH + DAY_US)
    ends = of(End, tell(clocks, 2 * MONTH + SPREAD_US, [refused(2 * MONTH)]))
    assert not any(end.is_decision_due for end in ends)
    gathering = Gathering(len(CLOCKS), None, storm)
    verdicts = [verdict for end in ends for verdict in gathering.take(end)]
    assert verdicts
    assert of(Version, verdicts) == []


# Budgets of days.

DAY = 2 * MONTH // DAY_US + 5  # on which somebody is at risk whose only order was 47 days before


def limited(risk, **rules):
    policy = Policy("EUR", alerts_a_day=1000, **rules)
    return CustomerShard(Lifecycle(Schedule(risk), policy), GROUPS, 0)


def limit(day, least_cents=0):
    return Budget(day=day, alerts_a_day=1000, due=9, least_cents=least_cents)


def limit_days(shard, until_us):
    """Let time come to an instant, and limit each day on its way to nothing; return what came out."""
    outputs = reach(shard, until_us)
    while shard.clock.now_us < until_us:
        shard.calendar.days.decide(limit((shard.clock.now_us + 1) // DAY_US), shard.clock.now_us)
        outputs += shard.on_progress([])
    return outputs


def test_what_is_foreseen_for_a_day_is_what_is_raised_then_if_nothing_changes(risk):
    dice, shard = random.Random(0), limited(risk, cooldown_days=90, control_share=0.5)
    for number in range(300):
        placed_us = [dice.randrange(7 * MONTH) for _ in range(dice.randrange(1, 5))]  # also ahead of time
        changes = [
            OrderChange(f"c{number}", str(i), 1, at_us, dice.randrange(10_000), True, RECORD)
            for i, at_us in enumerate(placed_us)
        ]
        list(shard.add_group().on_changes(changes))
    reach(shard, 2 * MONTH)
    outputs = limit_days(shard, 6 * MONTH)
    foreseen, raised, by_kind = defaultdict(list), defaultdict(list), Counter()
    for tally in of(Tally, outputs):
        foreseen[day_counted_at(tally.taken_at_us)] += tally.cents
    told = {one.body.alert_id: one.body for one in reversed(of(Announcement, outputs))}  # what was told first
    for body in told.values():
        by_kind[body.level, body.status, body.suppressed_by] += 1
        if body.suppressed_by is None:
            raised[to_us(body.raised_at) // DAY_US].append(int(body.value_at_risk.replace(".", "")))
    days = range(2 * MONTH // DAY_US + 1, 6 * MONTH // DAY_US)
    assert {day: sorted(foreseen[day]) for day in days} == {day: sorted(raised[day]) for day in days}
    assert len(by_kind) >= 4


def test_a_version_that_comes_into_force_within_the_day_is_foreseen(risk):
    shard, version_us = limited(risk), DAY * DAY_US + 3 * LEAD_US
    order(shard, EARLY, DAY * DAY_US - 5 * DAY_US)
    reach(shard, DAY * DAY_US - DAY_US)
    assert shard.calendar.decide(adopted(version_us - LEAD_US, "soon", **SOON), shard.clock.now_us)
    [tally] = of(Tally, reach(shard, DAY * DAY_US))
    assert (day_counted_at(tally.taken_at_us), tally.due) == (DAY, 1)


def test_groups_tell_one_after_the_other_and_after_a_restart_those_that_have_not(risk):
    shard, count_us = limited(risk), counted_at_us(DAY)
    groups = [order(shard, customer_id, (DAY - 47) * DAY_US) for customer_id in (EARLY, LATE)]
    reach(shard, count_us - 1)
    [early] = of(Tally, reach(shard, count_us + SPREAD_US // 2))
    again = limited(risk)
    for snapshot in [*(group.snapshot() for group in groups), shard.snapshot()]:
        again.restore(snapshot)
    [late] = of(Tally, reach(again, count_us + SPREAD_US))
    assert early == late
    assert (day_counted_at(early.taken_at_us), early.due) == (DAY, 1)


def test_a_day_that_was_limited_before_is_not_counted_again(risk):
    shard = limited(risk)
    order(shard, EARLY, (DAY - 47) * DAY_US)
    reach(shard, counted_at_us(DAY) - 1)
    shard.calendar.days.decide(limit(DAY), shard.clock.now_us)
    assert of(Tally, reach(shard, DAY * DAY_US)) == []


def test_a_days_budget_is_gathered_and_time_waits_for_it(risk):
    shard = limited(risk)
    clocks, tallies = clocks_of(shard), Tallies(len(CLOCKS), None)
    order(shard, EARLY, (DAY - 47) * DAY_US)
    tell(clocks, counted_at_us(DAY) - 1)
    outputs = tell(clocks, (DAY + 1) * DAY_US)
    assert [time.now_us for time in of(StreamTime, outputs)] == [DAY * DAY_US - 1]
    counts = of(Tally, outputs) + of(TallyEnd, outputs)
    assert len(counts) == 1 + len(CLOCKS)
    [budget] = [budget for count in counts for budget in tallies.take(count)]
    assert budget == Budget(day=DAY, alerts_a_day=1000, due=1, least_cents=0)
    after = tell(clocks, (DAY + 1) * DAY_US - 1, [budget])
    assert [time.now_us for time in of(StreamTime, after)] == [(DAY + 1) * DAY_US - 1]
