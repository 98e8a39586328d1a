"""The flow in one process, aborted again and again: all must come out as if it had run in one go."""

import random
from datetime import timedelta

import pytest
from bytewax.inputs import AbortExecution, FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import cluster_main, run_main

from dataflows import recovery
from dataflows.churn import build
from operators.erasure import Erasure
from operators.message import Message
from operators.row import Gone, StreamTime
from tests.dataflows.world import START_US, World
from tests.operators import oracle
from tests.shop_files import DEMO, EVERYTHING

KEY_GROUPS = 7


class ScriptedPartition(StatefulSourcePartition):
    """Hands a partition over in random slices, and now and then aborts the execution."""

    def __init__(self, world, source, offset, dice, abort_chance):
        self.world, self.source, self.offset = world, source, offset
        self.is_started = False
        self.dice, self.abort_chance = dice, abort_chance

    def next_batch(self):
        if self.dice.random() < self.abort_chance:
            raise AbortExecution
        if self.is_started and self.offset >= len(self.world.logs[self.source]):
            raise StopIteration
        self.is_started = True
        chunk = self.world.chunk(self.source, self.offset, self.offset + self.dice.randrange(1, 30))
        self.offset = chunk.position
        return [chunk]

    def snapshot(self):
        return self.offset


class ScriptedSource(FixedPartitionedSource):
    def __init__(self, world, dice, abort_chance):
        self.world, self.dice, self.abort_chance = world, dice, abort_chance

    def list_parts(self):
        return list(self.world.logs)

    def build_part(self, _step_id, for_part, resume_state):
        return ScriptedPartition(self.world, for_part, resume_state or 0, self.dice, self.abort_chance)


class Outside(DynamicSink, StatelessSinkPartition):
    """What outlives a crash: a table, and a list of messages."""

    def __init__(self):
        self.rows, self.messages, self.receipts, self.now_us = {}, [], set(), None

    def build(self, _step_id, _worker_index, _worker_count):
        return self

    def write_batch(self, items):
        for key, item in items:
            if isinstance(item, StreamTime):
                self.now_us = item.now_us
            elif isinstance(item, Erasure):
                self.receipts.add(item.receipt)
            elif isinstance(item, Message):
                self.messages.append(item)
            elif isinstance(item, Gone):
                self.rows.pop(key, None)
            else:
                self.rows[key] = item


def execute(world, lifecycle, outside, store, dice, abort_chance, workers=1):
    """Run until the log's end, or an abort."""
    recovery.prepare(store, 2)
    world.now_us += 1  # what the last execution has found is told when time moves
    world.heartbeat()
    flow = build(
        ScriptedSource(world, dice, abort_chance),
        outside,
        outside,
        outside,
        shop=world.shop,
        lifecycle=lifecycle,
        key_groups=KEY_GROUPS,
        alerts_since_us=START_US,
    )
    options = {
        "epoch_interval": timedelta(milliseconds=dice.choice([0, 0, 5])),
        "recovery_config": RecoveryConfig(store),
    }
    if workers == 1:
        run_main(flow, **options)
    else:
        cluster_main(flow, [], 0, worker_count_per_proc=workers, **options)


def run(world, lifecycle, store, seed, abort_chance):
    """Run to the end of the log; return the outside and how often the flow was aborted."""
    dice, outside, executions = random.Random(seed), Outside(), 0
    while outside.now_us != world.now_us:
        executions += 1
        assert executions < 500
        execute(world, lifecycle, outside, store, dice, abort_chance)
    return outside, executions - 1


def check(world, outside):
    """Compare the table and the alerts with what the final rows say."""
    expected = world.expected()
    assert outside.rows.keys() == expected.keys()
    expected_alerts = set()
    for customer_id, (orders, cents) in expected.items():
        row = outside.rows[customer_id]
        assert (row.order_count, row.cents) == (len(orders), cents)
        assert (row.first_purchase_us, row.latest_purchase_us) == (orders[0][1], orders[-1][1])
        crossed_us = oracle.at_risk_at_us([placed for _, placed in orders])
        assert row.at_risk_at_us == pytest.approx(crossed_us, abs=1000)
        assert (row.state in {"AT_RISK", "LAPSED"}) == (
            min(crossed_us, orders[-1][1] + 90 * oracle.DAY_US) <= world.now_us
        )
        expected_alerts |= {
            f"{customer_id}/{order_id}/AT_RISK"
            for order_id, _ in oracle.alerts(orders, START_US, world.now_us)
        }
    assert expected_alerts <= {message.id for message in outside.messages}
    assert outside.receipts == world.erased
    return expected_alerts


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
def test_without_a_crash_the_table_is_exact_and_every_alert_comes_once(tmp_path, lifecycle, shop):
    world = World(1, shop)
    outside, aborts = run(world, lifecycle, tmp_path / "store", 1, abort_chance=0)
    assert aborts == 0
    assert check(world, outside)
    ids = [message.id for message in outside.messages]
    assert len(ids) == len(set(ids))


SEEDS = [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 100))]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_many_crashes_the_table_is_exact_and_no_alert_is_missing(tmp_path, lifecycle, seed):
    world = World(seed, [DEMO, EVERYTHING][seed % 2])
    outside, aborts = run(world, lifecycle, tmp_path / "store", seed, abort_chance=0.18)
    assert aborts > 0
    check(world, outside)


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
@pytest.mark.parametrize("workers", [2, 3, 5])
def test_several_workers_and_another_number_after_a_restart_are_exact(tmp_path, lifecycle, workers, shop):
    world, outside, dice = World(3, shop), Outside(), random.Random(3)
    logs = {source: list(log) for source, log in world.logs.items()}
    for log in world.logs.values():  # half now …
        del log[len(log) // 2 :]
    execute(world, lifecycle, outside, tmp_path, dice, 0, workers)
    for source, log in logs.items():  # … and the rest after a restart
        world.logs[source][:] = log
    execute(world, lifecycle, outside, tmp_path, dice, 0, workers - 1)
    assert outside.now_us == world.now_us
    check(world, outside)
    ids = [message.id for message in outside.messages]
    assert len(ids) == len(set(ids))
