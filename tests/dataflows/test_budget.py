"""A budget of alerts a day: those worth most as was foreseen, whatever happens to the flow."""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest

from operators import gathering, news
from operators.budget import Budget, counted_at_us
from operators.census import SPREAD_US
from operators.instant import DAY_US, to_us
from operators.policy import Policy
from operators.risk import Risk
from tests.dataflows import alerts_topic
from tests.dataflows.scripted import Outside, execute, run
from tests.dataflows.test_crashes import any_judgement, versions_for
from tests.dataflows.world import START_US, World
from tests.operators import oracle
from tests.shop_files import DEMO, EVERYTHING

# So impatient that three weeks of a world have alerts every day.
RULES = {"threshold": 0.6, "lapse_days": 10}
UNLIMITED = Policy("EUR", cooldown_days=14, control_share=0.5)
LIMITED = replace(UNLIMITED, alerts_a_day=1)


class Weeks(World):
    """Three weeks of a shop, whose time is read beat by beat."""

    def __init__(self, seed, shop=DEMO):
        super().__init__(seed, shop, steps=300, customers=40, step_us=DAY_US // 7)
        self.whole = {source: list(log) for source, log in self.logs.items()}
        self.over_us = self.now_us

    def chunk(self, source, start, stop):
        return super().chunk(source, start, start + 1 if source == self.heartbeat_source else stop)

    @property
    def beats_us(self):
        values = [json.loads(value) for _, value, _ in self.whole[self.heartbeat_source]]
        return [to_us(datetime.fromisoformat(value["after"]["shop_time"])) for value in values]

    @property
    def half_us(self):
        return (self.beats_us[0] + self.over_us) // 2

    def have_come_to(self, at_us):
        """Be as the shop was at the last beat up to an instant; the next beat is of that instant."""
        known = sum(beat_us <= at_us for beat_us in self.beats_us)
        beats = sum(beat_us < at_us for beat_us in self.beats_us)
        ends = {self.heartbeat_source: beats, **self.whole[self.heartbeat_source][known - 1][-1]}
        for source, end in ends.items():
            self.logs[source][:] = self.whole[source][:end]
        self.now_us = at_us - 1


@pytest.fixture
def impatient(risk):
    return Risk(risk.model, risk.model_version, quantile=risk.quantile, **RULES)


@pytest.fixture(autouse=True)
def _lots(monkeypatch):
    monkeypatch.setattr(gathering.judgement, "judge", any_judgement(random.Random(0)))


def decided(outside):
    """The budgets as their topic holds them, by day: each once."""
    records = [news.from_json(message.value) for message in outside.models.messages]
    budgets = [record for record in records if isinstance(record, Budget)]
    by_day = {budget.day: budget for budget in budgets}
    assert len(by_day) == len(budgets)
    return by_day


def counted(after_us, until_us):
    """The days whose count begins after one instant and is over by another."""
    days = range(after_us // DAY_US, until_us // DAY_US + 2)
    return [day for day in days if after_us < counted_at_us(day) <= until_us - SPREAD_US]


def check(world, outside, messages=None):
    """Compare what the topic says of each alert last with what the final rows and the budgets imply."""
    rules = oracle.Rules(
        **RULES,
        cooldown_days=UNLIMITED.cooldown_days,
        control_share=UNLIMITED.control_share,
        least_cents={day: budget.least_cents for day, budget in decided(outside).items()},
    )
    implied = alerts_topic.implied(
        world, lambda customer_id: versions_for(customer_id, outside), START_US, rules
    )
    standing = alerts_topic.standing(messages or outside.alerts.messages)
    assert alerts_topic.mismatches(standing, implied) == []
    return Counter((body["arm"], body["suppressed_by"]) for body in implied.values())


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
def test_every_day_is_limited_before_it_begins_in_both_arms_alike(tmp_path, impatient, shop):
    world = Weeks(1, shop)
    outside, _ = run(world, impatient, tmp_path, 1, 0, LIMITED)
    assert list(decided(outside)) == counted(world.beats_us[0], world.over_us)
    found = check(world, outside)
    assert {by for _, by in found} == {None, "cooldown", "budget"}
    assert {arm for arm, by in found if by == "budget"} == {"control", "treatment"}
    assert outside.alerts.repeats == outside.models.repeats == 0


SEEDS = [0, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, *range(3, 16)))]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_many_crashes_alerts_are_those_that_the_budgets_leave(tmp_path, impatient, seed):
    world = Weeks(seed, [DEMO, EVERYTHING][seed % 2])
    outside, aborts = run(world, impatient, tmp_path, seed, 0.05, LIMITED)
    assert aborts > 0
    # A crash before the first snapshot may have time begin with a later beat.
    assert decided(outside).keys() >= set(counted(world.half_us, world.over_us))
    check(world, outside)


@pytest.mark.parametrize("workers", [(2, 1), (1, 3)])
@pytest.mark.parametrize(
    "shop", [DEMO, pytest.param(EVERYTHING, marks=pytest.mark.slow)], ids=["demo", "everything"]
)
def test_a_restart_amid_a_count_with_another_number_of_workers_forgets_nothing(
    tmp_path, impatient, workers, shop
):
    world, dice = Weeks(2, shop), random.Random(2)
    outside, day = Outside(world), counted(world.half_us, world.over_us)[0]
    instants_us = [counted_at_us(day) + SPREAD_US // 2, world.over_us]
    for at_us, count in zip(instants_us, workers, strict=True):
        world.have_come_to(at_us)
        execute(world, impatient, outside, tmp_path, dice, 0, count, LIMITED)
        assert outside.now_us == at_us
        assert (day in decided(outside)) == (at_us == world.over_us)
    assert list(decided(outside)) == counted(world.beats_us[0], world.over_us)
    assert check(world, outside)["treatment", "budget"]


def test_a_leap_over_weeks_limits_each_day_in_turn(tmp_path, impatient):
    world, dice = Weeks(3), random.Random(3)
    outside = Outside(world)
    for beats, at_us in enumerate((world.beats_us[0] + 1, world.over_us), 1):
        world.have_come_to(at_us)
        del world.logs[world.heartbeat_source][beats:]  # so that the next one read is the last
        execute(world, impatient, outside, tmp_path, dice, 0, policy=LIMITED)
    assert outside.now_us == world.over_us
    assert list(decided(outside)) == counted(world.beats_us[0], world.over_us)
    assert check(world, outside)["treatment", "budget"]


def test_budgets_are_switched_on_and_off_without_a_change_of_days_that_have_begun(tmp_path, impatient):
    world, dice = Weeks(4), random.Random(4)
    outside, begin_us = Outside(world), world.beats_us[0]
    third_us = (world.over_us - begin_us) // 3
    ends_us = [begin_us + third_us, begin_us + 2 * third_us, world.over_us]
    for at_us, policy in zip(ends_us, (UNLIMITED, LIMITED, UNLIMITED), strict=True):
        world.have_come_to(at_us)
        execute(world, impatient, outside, tmp_path, dice, 0, policy=policy)
        assert outside.now_us == at_us
    assert list(decided(outside)) == counted(*ends_us[:2])
    assert check(world, outside)["treatment", "budget"]


def test_a_replay_from_an_empty_store_reads_the_budgets_back_and_decides_nothing(tmp_path, impatient):
    world = Weeks(5)
    outside, _ = run(world, impatient, tmp_path / "first", 5, 0, LIMITED)
    again = Outside(world)
    again.alerts.ids |= outside.alerts.ids  # as the sink reads them from the topic
    execute(world, impatient, again, tmp_path / "second", random.Random(6), 0, policy=LIMITED)
    assert again.now_us == world.now_us
    assert again.models.messages == []
    assert again.versions == outside.versions
    assert check(world, outside, outside.alerts.messages + again.alerts.messages)["treatment", "budget"]
