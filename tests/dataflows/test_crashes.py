"""The flow aborted again and again: all must come out as if it had run in one go."""

import json
import random
import zlib

import pytest

from models import MBGNBD
from models.judgement import Judgement
from operators import gathering
from operators.policy import Policy
from operators.risk import Risk
from tests import contract
from tests.dataflows import alerts_topic
from tests.dataflows.scripted import KEY_GROUPS, Outside, execute, run
from tests.dataflows.world import START_US, World
from tests.operators import oracle, store_oracle
from tests.shop_files import DEMO, EVERYTHING

SPREAD_US = 15 * 60_000_000
RULES = [
    oracle.Rules(),
    oracle.Rules(cooldown_days=200),
    oracle.Rules(hysteresis=0.15),  # so that whoever has ordered once is not told of
    oracle.Rules(cooldown_days=30, control_share=0.5),
]


def any_judgement(dice):
    """Return what decides by lot, so that a replay would decide otherwise."""

    def judge(present, _matured, _in_force, _fitted_days_ago):
        reason = dice.choice(["", "", "worse"])
        model = MBGNBD(
            r=dice.uniform(0.3, 1), alpha=dice.uniform(20, 80), a=dice.uniform(0.5, 1), b=dice.uniform(1, 3)
        )
        return Judgement(model, reason, present.total, present.repeat_total, None)

    return judge


def versions_for(customer_id, outside):
    """Return the models that were adopted, by the instant from which they judge a customer."""
    delay_us = zlib.crc32(customer_id.encode()) % KEY_GROUPS * SPREAD_US // KEY_GROUPS
    adopted = [
        oracle.Version(
            at_us + 3_600_000_000 + delay_us,
            (version.r, version.alpha_days, version.a, version.b),
            version.version,
        )
        for at_us, version in sorted(outside.versions.items())
        if version.adopted
    ]
    return [oracle.Version(0, oracle.MODEL, "test"), *adopted]


def check(world, outside, rules=oracle.DEFAULTS):
    """Compare the table and what the topic says of each alert last with what the final rows say."""
    expected = world.expected()
    assert outside.rows.keys() == expected.keys()
    for customer_id, (orders, cents) in expected.items():
        row = outside.rows[customer_id]
        assert (row.order_count, row.cents) == (len(orders), cents)
        assert (row.first_purchase_us, row.latest_purchase_us) == (orders[0][1], orders[-1][1])
        versions = versions_for(customer_id, outside)
        model = [version.model for version in versions if version.since_us <= world.now_us][-1]
        crossed_us = oracle.at_risk_at_us([placed for _, placed in orders], model)
        assert row.at_risk_at_us == pytest.approx(crossed_us, abs=1000)
        assert (row.state in {"AT_RISK", "LAPSED"}) == (
            min(crossed_us, orders[-1][1] + 90 * oracle.DAY_US) <= world.now_us
        )
    assert outside.purchases.by_customer() == world.purchases()
    accounts, time_zone = world.accounts(), world.shop.calendar.time_zone
    assert outside.store.cohorts == store_oracle.cohorts(accounts, time_zone)
    assert outside.store.days() == store_oracle.days(
        accounts,
        lambda customer_id: [
            version for version in versions_for(customer_id, outside) if version.since_us <= world.now_us
        ],
        time_zone,
        rules,
    )
    implied = alerts_topic.implied(
        world, lambda customer_id: versions_for(customer_id, outside), START_US, rules
    )
    assert alerts_topic.mismatches(alerts_topic.standing(outside.alerts.messages), implied) == []
    for message in outside.alerts.messages:
        contract.check_alert([*message.headers, ("ce_id", message.id.encode())], message.value)
    states = {id_: json.loads(value) for id_, value in outside.states.values.items() if value is not None}
    assert {id_: (said["state"], said["order_count"]) for id_, said in states.items()} == {
        id_: (row.state, row.order_count) for id_, row in outside.rows.items()
    }
    assert outside.receipts == world.erased
    return implied


@pytest.fixture(autouse=True)
def _lots(monkeypatch):
    """Decide on versions by lot: with so few customers there would be none."""
    monkeypatch.setattr(gathering.judgement, "judge", any_judgement(random.Random(0)))


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
def test_without_a_crash_the_table_is_exact_and_every_alert_comes_once(tmp_path, risk, shop):
    world = World(1, shop)
    outside, aborts = run(world, risk, tmp_path / "store", 1, abort_chance=0)
    assert aborts == 0
    assert check(world, outside)
    assert outside.alerts.repeats == 0


SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_many_crashes_the_table_is_exact_and_no_alert_is_missing(tmp_path, risk, seed):
    world = World(seed, [DEMO, EVERYTHING][seed % 2])
    rules = RULES[seed // 2 % len(RULES)]
    policy = Policy("EUR", cooldown_days=rules.cooldown_days, control_share=rules.control_share)
    risk = Risk(risk.model, "test", threshold=0.5, quantile=0.9, lapse_days=90, hysteresis=rules.hysteresis)
    outside, aborts = run(world, risk, tmp_path / "store", seed, abort_chance=0.18, policy=policy)
    assert aborts > 0
    check(world, outside, rules)


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
@pytest.mark.parametrize(
    "workers", [2, *(pytest.param(workers, marks=pytest.mark.slow) for workers in (3, 5))]
)
def test_several_workers_and_another_number_after_a_restart_are_exact(tmp_path, risk, workers, shop):
    world, dice = World(3, shop), random.Random(3)
    outside = Outside(world)
    logs = {source: list(log) for source, log in world.logs.items() if source not in world.own_sources}
    for source, log in logs.items():  # half now …
        del world.logs[source][len(log) // 2 :]
    beats = world.logs[world.heartbeat_source]  # none of them may speak of what is not there yet
    beats[:] = [beat for beat in beats if all(len(world.logs[at]) >= end for at, end in beat[-1].items())]
    execute(world, risk, outside, tmp_path, dice, 0, workers)
    for source, log in logs.items():  # … and the rest after a restart
        world.logs[source][:] = log
    execute(world, risk, outside, tmp_path, dice, 0, workers - 1)
    assert outside.now_us == world.now_us
    check(world, outside)
    assert outside.alerts.repeats == 0
