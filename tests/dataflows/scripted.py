"""The flow in one process on a world's log, handed over in random slices and aborted now and then."""

import random
import time
from datetime import timedelta

from bytewax.inputs import AbortExecution, FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import cluster_main, run_main

from connectors.alert_table import AlertLine, AlertsGone
from dataflows import recovery
from dataflows.churn import build
from operators.erasure import Erasure
from operators.forecast import Forecast, Reliability
from operators.policy import Policy
from operators.purchases import Purchases
from operators.row import Gone, StreamTime
from operators.store import StoreWindows
from operators.version import Version
from tests.dataflows.world import ALERTS, MODELS, START_US
from tests.operators.store_oracle import StoreTable
from tests.purchase_lines import PurchaseLines

KEY_GROUPS = 7
WAIT_SECONDS = 60.0  # so long after the last record is waited for what the flow sends to itself
POLICY = Policy("EUR")


class ScriptedPartition(StatefulSourcePartition):
    """Hands a partition over in random slices, and now and then aborts the execution."""

    def __init__(self, world, outside, source, offset, dice, abort_chance):
        self.world, self.outside, self.source, self.offset = world, outside, source, offset
        self.is_started = False
        self.dice, self.abort_chance = dice, abort_chance

    def next_batch(self):
        if self.dice.random() < self.abort_chance:
            raise AbortExecution
        if self.is_started and self.offset >= len(self.world.logs[self.source]):
            is_over = self.outside.now_us == self.world.now_us
            is_stuck = time.monotonic() - self.outside.read_at_s > WAIT_SECONDS
            if self.source not in self.world.own_sources or is_over or is_stuck:
                raise StopIteration
            return []
        self.is_started = True
        self.outside.read_at_s = time.monotonic()
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


class _Sink(DynamicSink, StatelessSinkPartition):
    def build(self, _step_id, _worker_index, _worker_count):
        return self


class Topic(_Sink):
    """A topic that takes a message of one id once, as the Kafka sink does; what is in `log` is read back."""

    def __init__(self, log=None):
        self.log, self.messages, self.ids, self.repeats = log, [], set(), 0

    def write_batch(self, items):
        for _, message in items:
            if message.id in self.ids:
                self.repeats += 1
            else:
                self.ids.add(message.id)
                self.messages.append(message)
                if self.log is not None:
                    self.log.append((message.key, message.value, None))


class States(_Sink):
    """A compacted topic: the last value of each key."""

    def __init__(self):
        self.values = {}

    def write_batch(self, items):
        self.values |= {key: message.value for key, message in items}


class Outside(_Sink):
    """What outlives a crash: the tables, and the topics."""

    def __init__(self, world):
        self.rows, self.receipts, self.now_us = {}, set(), None
        self.read_at_s = 0.0
        self.purchases, self.store = PurchaseLines(), StoreTable()
        self.forecasts, self.versions = {}, {}
        models_source, alerts_source = world.own_sources
        self.models, self.alerts = Topic(world.logs[models_source]), Topic(world.logs[alerts_source])
        self.rejects, self.states = Topic(), States()

    def write_batch(self, items):
        for key, item in items:
            match item:
                case StreamTime():
                    self.now_us = item.now_us
                case Forecast() | Reliability():
                    self.forecasts[item.made_at_us, item.horizon_days, str(item)] = item
                case Version():
                    self.versions[item.fitted_at_us] = item
                case Erasure():
                    self.receipts.add(item.receipt)
                case AlertLine() | AlertsGone():
                    pass  # as the topic says it
                case Purchases():
                    self.purchases.take(item)
                case StoreWindows():
                    self.store.take(item)
                case Gone():
                    self.rows.pop(key, None)
                case _:
                    self.rows[key] = item


def built(source, world, outside, risk, policy=POLICY, **options):
    """Return the flow between a source of the world's log and the outside."""
    return build(
        source,
        outside,
        outside.alerts,
        outside.rejects,
        outside.models,
        outside.states,
        shop=world.shop,
        risk=risk,
        policy=policy,
        key_groups=KEY_GROUPS,
        models_topic=MODELS,
        alerts_topic=ALERTS,
        **{"alerts_since_us": START_US, **options},
    )


def execute(world, risk, outside, store, dice, abort_chance, workers=1, policy=POLICY):
    """Run until the log's end, or an abort."""
    recovery.prepare(store, 2)
    world.now_us += 1  # what the last execution has found is told when time moves
    world.heartbeat()
    source = ScriptedSource(world, outside, dice, abort_chance)
    flow = built(source, world, outside, risk, policy, is_refitted=True)
    options = {
        "epoch_interval": timedelta(milliseconds=dice.choice([0, 0, 5])),
        "recovery_config": RecoveryConfig(store),
    }
    if workers == 1:
        run_main(flow, **options)
    else:
        cluster_main(flow, [], 0, worker_count_per_proc=workers, **options)


def run(world, risk, store, seed, abort_chance, policy=POLICY):
    """Run to the end of the log; return the outside and how often the flow was aborted."""
    dice, outside, executions = random.Random(seed), Outside(world), 0
    while outside.now_us != world.now_us:
        executions += 1
        assert executions < 500
        execute(world, risk, outside, store, dice, abort_chance, policy=policy)
    return outside, executions - 1
