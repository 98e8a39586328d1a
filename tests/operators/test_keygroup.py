import threading

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import TestingSink, TestingSource, cluster_main

from operators import keygroup
from operators.assembly import Assembly
from operators.batch import Batch
from operators.chunk import Record
from operators.clock import Heartbeat, Progress, StreamClock, Tick
from operators.group import Shard
from operators.money import Rates
from operators.order import OrderChange
from operators.reject import Reject


class WhichWorker(StatefulBatchLogic):
    def __init__(self):
        self.worker = None

    def on_batch(self, values):
        return [threading.get_ident()], StatefulBatchLogic.RETAIN

    def snapshot(self):
        return None


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 5, 8, 12, 16])
def test_every_worker_owns_a_clock(workers):
    flow = Dataflow("f")
    keys = list(keygroup.route(Batch([], [], 0, Progress("orders:0", 1, None)), 1024))
    out = []
    s = op.input("in", flow, TestingSource(keys, batch_size=1000))
    s = op.stateful_batch("clocks", s, lambda _: WhichWorker())
    op.output("out", op.map("worker", s, lambda kv: kv[1]), TestingSink(out))
    cluster_main(flow, [], 0, worker_count_per_proc=workers)
    assert len(set(out)) == workers


def test_a_chunks_changes_come_before_its_progress_and_keep_their_order():
    changes = [
        OrderChange(c, str(i), 1, 0, 0, True, Record("orders:0", i, None, None)) for i, c in enumerate("abab")
    ]
    progress = Progress("orders:0", 4, None)
    routed = list(keygroup.route(Batch(changes, [], 0, progress), 8))
    groups = [(key, value) for key, value in routed if not isinstance(value, Tick)]
    assert routed[: len(groups)] == groups
    by_customer = [c.order_id for _, group in groups for c in group if c.customer_id == "a"]
    assert by_customer == ["0", "2"]


def test_groups_sort_before_clocks():
    assert keygroup.group_of("any", 99_999) < "clock-00"


def test_a_customers_group_never_changes():
    assert [keygroup.group_of(c, 1024) for c in ("1", "42", "c0ffee")] == ["00951", "00136", "00425"]


def test_a_stage_passes_time_on_once_and_the_next_waits_for_all_its_clocks():
    stage = Shard(Assembly(Rates("EUR", {})), 8)
    clocks = {name: keygroup._PassingLogic(stage, None, 8) for name in keygroup.CLOCKS}
    following = StreamClock()
    beat = Progress("beat:0", 1, Heartbeat(100, {"orders:0": 7}))
    assert list(clocks["clock-00"].on_ticks([Tick("clock-00", beat)])) == []
    for name, logic in clocks.items():
        assert following.now_us is None
        passed = list(logic.on_ticks([Tick(name, Progress("orders:0", 7, None))]))
        assert [key for key, _ in passed] == keygroup.CLOCKS
        following.advance(passed[0][1].progress)
        assert list(logic.on_ticks([Tick(name, Progress("orders:0", 8, None))])) == []
    assert following.now_us == 100


def test_a_stage_passes_on_the_first_time_and_the_latest_without_another_word():
    clock = keygroup._PassingLogic(Shard(Assembly(Rates("EUR", {})), 8), None, 8)
    beats = [Tick("clock-00", Progress("beat:0", n, Heartbeat(n, {}))) for n in (1, 2, 3)]
    passed, _ = clock.on_batch(beats)
    assert sorted({tick.progress.position for _, tick in passed}) == [1, 3]


def test_a_stage_passes_changes_on_to_their_groups_and_rejects_by_their_partition():
    record = Record("orders:0", 3, None, None)
    change = OrderChange("a", "1", 1, 0, 0, True, record)
    logic = keygroup._PassingLogic(Shard(Assembly(Rates("EUR", {})), 8), None, 8)
    rejected = Reject("amount", "", record)
    assert list(logic.on_changes(iter([change, rejected]))) == [
        ("orders:0", rejected),
        (keygroup.group_of("a", 8), [change]),
    ]
