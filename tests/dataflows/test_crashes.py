"""The flow in one process, aborted again and again: all must come out as if it had run in one go."""

import random
import time
import zlib
from datetime import timedelta

import pytest
from bytewax.inputs import AbortExecution, FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import cluster_main, run_main

from dataflows import recovery
from dataflows.churn import build
from models import MBGNBD
from models.judgement import Judgement
from operators import gathering
from operators.erasure import Erasure
from operators.forecast import Forecast, Reliability
from operators.message import Message
from operators.row import Gone, StreamTime
from operators.version import Version
from tests.dataflows import alerts_topic
from tests.dataflows.world import MODELS, START_US, World
from tests.operators import oracle
from tests.shop_files import DEMO, EVERYTHING

KEY_GROUPS = 7
SPREAD_US = 15 * 60_000_000
WAIT_SECONDS = 20.0  # so long is a decision waited for, which the flow sends to itself


class ScriptedPartition(StatefulSourcePartition):
    """Hands a partition over in random slices, and now and then aborts the execution."""

    def __init__(self, world, outside, source, offset, dice, abort_chance):
        self.world, self.outside, self.source, self.offset = world, outside, source, offset
        self.is_started, self.idle_since_s = False, None
        self.dice, self.abort_chance = dice, abort_chance

    def next_batch(self):
        if self.dice.random() < self.abort_chance:
            raise AbortExecution
        if self.is_started and self.offset >= len(self.world.logs[self.source]):
            self.idle_since_s = self.idle_since_s or time.monotonic()
            is_over = self.outside.now_us == self.world.now_us
            is_stuck = time.monotonic() - self.idle_since_s > WAIT_SECONDS
            if self.source != self.world.models_source or is_over or is_stuck:
                raise StopIteration
            return []
        self.idle_since_s = None
        self.is_started = True
        chunk = self.world.chunk(self.source, self.offset, self.offset + self.dice.randrange(1, 30))
        self.offset = chunk.position
        return [chunk]

    def snapshot(self):
        return self.offset


class ScriptedSource(FixedPartitionedSource):
    def __init__(self, world, outside, dice, abort_chance):
        self.world, self.outside, self.dice, self.abort_chance = world, outside, dice, abort_chance

    def list_parts(self):
        return list(self.world.logs)

    def build_part(self, _step_id, for_part, resume_state):
        offset = resume_state or 0
        return ScriptedPartition(self.world, self.outside, for_part, offset, self.dice, self.abort_chance)


class Outside(DynamicSink, StatelessSinkPartition):
    """What outlives a crash: a table, and a list of messages."""

    def __init__(self, world):
        self.rows, self.messages, self.receipts, self.now_us = {}, [], set(), None
        self.forecasts, self.versions = {}, {}
        self.models = ModelsTopic(world)

    def build(self, _step_id, _worker_index, _worker_count):
        return self

    def write_batch(self, items):
        for key, item in items:
            if isinstance(item, StreamTime):
                self.now_us = item.now_us
            elif isinstance(item, Forecast | Reliability):
                self.forecasts[item.made_at_us, item.horizon_days, str(item)] = item
            elif isinstance(item, Version):
                self.versions[item.fitted_at_us] = item
            elif isinstance(item, Erasure):
                self.receipts.add(item.receipt)
            elif isinstance(item, Message):
                self.messages.append(item)
            elif isinstance(item, Gone):
                self.rows.pop(key, None)
            else:
                self.rows[key] = item


class ModelsTopic(Outside):
    """The topic that the flow reads back; like the Kafka sink, it takes a message of one id once."""

    def __init__(self, world):
        self.log, self.ids = world.logs[world.models_source], set()

    def write_batch(self, items):
        for _, message in items:
            if message.id not in self.ids:
                self.ids.add(message.id)
                self.log.append((message.value, None))


def any_judgement(dice):
    """Return what decides by lot, so that a replay would decide otherwise."""

    def judge(present, _matured, _in_force, _fitted_days_ago):
        reason = dice.choice(["", "", "worse"])
        model = MBGNBD(
            r=dice.uniform(0.3, 1), alpha=dice.uniform(20, 80), a=dice.uniform(0.5, 1), b=dice.uniform(1, 3)
        )
        return Judgement(model, reason, present.total, present.repeat_total, None)

    return judge


def execute(world, risk, outside, store, dice, abort_chance, workers=1):
    """Run until the log's end, or an abort."""
    recovery.prepare(store, 2)
    world.now_us += 1  # what the last execution has found is told when time moves
    world.heartbeat()
    flow = build(
        ScriptedSource(world, outside, dice, abort_chance),
        outside,
        outside,
        outside,
        outside.models,
        shop=world.shop,
        risk=risk,
        key_groups=KEY_GROUPS,
        alerts_since_us=START_US,
        models_topic=MODELS,
        is_refitted=True,
    )
    options = {
        "epoch_interval": timedelta(milliseconds=dice.choice([0, 0, 5])),
        "recovery_config": RecoveryConfig(store),
    }
    if workers == 1:
        run_main(flow, **options)
    else:
        cluster_main(flow, [], 0, worker_count_per_proc=workers, **options)


def run(world, risk, store, seed, abort_chance):
    """Run to the end of the log; return the outside and how often the flow was aborted."""
    dice, outside, executions = random.Random(seed), Outside(world), 0
    while outside.now_us != world.now_us:
        executions += 1
        assert executions < 500
        execute(world, risk, outside, store, dice, abort_chance)
    return outside, executions - 1


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


def check(world, outside):
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
    implied = alerts_topic.implied(world, lambda customer_id: versions_for(customer_id, outside), START_US)
    assert alerts_topic.mismatches(alerts_topic.standing(outside.messages), implied) == []
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
    ids = [message.id for message in outside.messages]
    assert len(ids) == len(set(ids))


SEEDS = [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 100))]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_many_crashes_the_table_is_exact_and_no_alert_is_missing(tmp_path, risk, seed):
    world = World(seed, [DEMO, EVERYTHING][seed % 2])
    outside, aborts = run(world, risk, tmp_path / "store", seed, abort_chance=0.18)
    assert aborts > 0
    check(world, outside)


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
@pytest.mark.parametrize("workers", [2, 3, pytest.param(5, marks=pytest.mark.slow)])
def test_several_workers_and_another_number_after_a_restart_are_exact(tmp_path, risk, workers, shop):
    world, dice = World(3, shop), random.Random(3)
    outside = Outside(world)
    logs = {source: list(log) for source, log in world.logs.items() if source != world.models_source}
    for source, log in logs.items():  # half now …
        del world.logs[source][len(log) // 2 :]
    execute(world, risk, outside, tmp_path, dice, 0, workers)
    for source, log in logs.items():  # … and the rest after a restart
        world.logs[source][:] = log
    execute(world, risk, outside, tmp_path, dice, 0, workers - 1)
    assert outside.now_us == world.now_us
    check(world, outside)
    ids = [message.id for message in outside.messages]
    assert len(ids) == len(set(ids))
