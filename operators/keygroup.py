"""The stateful operator: many customers under one key, with stream time for all of them.

Bytewax scans every timer at each activation and every key at each epoch: with a key a customer, a million
customers ran at a fifteenth of the speed of fifty thousand. So a key is a group of customers, and timers are
kept inside it, by stream time.

Time comes in by keys of its own (`clock-00` …), whose names sort after the groups'. Bytewax hands a worker's
items over in the order of keys, so when time moves every change before it has been taken in. What fires then
changes no group's state: it follows from the orders and the time, and the time stands in the clock's own
snapshot. Thus a group is written to the recovery store only when one of its customers has ordered.
"""

import threading
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

import bytewax.operators as op
from bytewax.dataflow import operator
from bytewax.operators import KeyedStream, StatefulBatchLogic

from operators.clock import Progress
from operators.customer import Lifecycle, Output
from operators.envelope import Batch
from operators.group import Group, GroupBatch, Shard
from operators.order import OrderChange

CLOCK_KEYS = 64  # so many that every worker owns one: tested up to 16 workers

Routed = GroupBatch | Progress


def group_of(customer_id: str, group_count: int) -> str:
    """Return the key of a customer's group: CRC-32, stable over processes and releases."""
    return f"{zlib.crc32(customer_id.encode()) % group_count:05}"


def route(batch: Batch, group_count: int) -> Iterator[tuple[str, Routed]]:
    """Yield a decoded chunk's changes by group, then its progress for every clock."""
    groups: dict[str, list[OrderChange]] = {}
    for change in batch.changes:
        groups.setdefault(group_of(change.customer_id, group_count), []).append(change)
    for group, changes in groups.items():
        yield group, GroupBatch(batch.source, changes)
    for clock in range(CLOCK_KEYS):
        yield f"clock-{clock:02}", batch.progress


@operator
def customers(
    step_id: str,
    up: KeyedStream[Routed],
    lifecycle: Lifecycle,
    group_count: int,
    alerts_since_us: int | None,
) -> KeyedStream[Output]:
    """Keep every customer exact, and tell what changes: by an order, or by time alone."""
    # Bytewax runs a worker a thread, each with groups and a clock of its own. They go by the thread's number:
    # in a thread that Python did not start, a threading.local is forgotten whenever the GIL is let go.
    shards: defaultdict[int, Shard] = defaultdict(lambda: Shard(lifecycle, group_count, alerts_since_us))

    def build(snapshot: bytes | None) -> "_Logic":
        return _Logic(shards[threading.get_ident()], snapshot)

    return op.stateful_batch("stateful_batch", up, build)


class _Logic(StatefulBatchLogic[Routed, Output, bytes]):
    """One key's logic: a group of customers, or a clock; Bytewax does not say which key it builds for."""

    def __init__(self, shard: Shard, snapshot: bytes | None) -> None:
        self._shard = shard
        self._group: Group | None = None if snapshot is None else shard.restore(snapshot)

    def on_batch(self, values: list[Routed]) -> tuple[Iterable[Output], bool]:
        progresses = [value for value in values if isinstance(value, Progress)]
        if progresses:
            return list(self._shard.on_progress(progresses)), StatefulBatchLogic.RETAIN
        if self._group is None:
            self._group = self._shard.add_group()
        batches = [value for value in values if isinstance(value, GroupBatch)]
        return list(self._group.on_batch(batches)), StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        return self._shard.snapshot() if self._group is None else self._group.snapshot()
