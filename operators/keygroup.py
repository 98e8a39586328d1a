"""The stateful operators: many customers, or orders, under one key, with stream time for all of them.

Bytewax scans every timer at each activation and every key at each epoch: with a key a customer, a million
customers ran at a fifteenth of the speed of fifty thousand. So a key is a group of customers, and timers are
kept inside it, by stream time.

Time comes in by keys of its own (`clock-00` …), whose names sort after the groups'. Bytewax hands a worker's
items over in the order of keys, so when time moves every change before it has been taken in. What fires then
changes no group's state: it follows from the orders and the time, and the time stands in the clock's own
snapshot. Thus a group is written to the recovery store only when one of its customers has ordered.

A stage that passes changes on passes time on as well, behind them: each of its clocks tells all clocks of the
next stage, where time moves once all of them have spoken. Between two workers nothing overtakes, so whatever
was changed before has come by then.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import bytewax.operators as op
from bytewax.dataflow import operator
from bytewax.operators import KeyedStream, StatefulBatchLogic

from operators.batch import Batch
from operators.budget import Budget
from operators.clock import Heartbeat, Progress, Tick
from operators.customer import Lifecycle, Output
from operators.customers import CustomerShard
from operators.group import Group, Shard, Stage, Sum, number_of
from operators.order import Change, Echo
from operators.policy import Policy
from operators.reject import Reject
from operators.risk import Risk
from operators.schedule import Schedule
from operators.version import Request, Version

CLOCK_KEYS = 64  # so many that every worker owns one: tested up to 16 workers
CLOCKS = [f"clock-{clock:02}" for clock in range(CLOCK_KEYS)]

Changes = list[Change]
Routed = Changes | Tick
Passed = tuple[str, Routed | Reject]
"""What a stage passes on: to which key of the next; a reject by its partition."""

Out = TypeVar("Out")
S = TypeVar("S", bound=Shard[Any, Any])


def group_of(key: str, group_count: int) -> str:
    """Return the key of a customer's or an order's group."""
    return f"{number_of(key, group_count):05}"


def route(batch: Batch, group_count: int) -> Iterator[tuple[str, Routed]]:
    """Yield a decoded chunk's changes by group, then its progress for every clock."""
    yield from _by_group(batch.changes, group_count)
    yield from _by_group(batch.echoes, group_count)
    for clock in CLOCKS:
        yield clock, Tick(clock, batch.progress, batch.news)


def _by_group(changes: Iterable[Change], group_count: int) -> Iterable[tuple[str, Changes]]:
    groups: dict[str, Changes] = {}
    for change in changes:
        groups.setdefault(group_of(change.key, group_count), []).append(change)
    return groups.items()


@operator
def customers(
    step_id: str,
    up: KeyedStream[Routed],
    risk: Risk,
    policy: Policy,
    group_count: int,
    alerts_since_us: int | None,
    time_zone: str,
    is_refitted: bool,
) -> KeyedStream[Output]:
    """Keep every customer exact, and tell what changes: by an order, or by time alone."""

    def shard() -> CustomerShard:
        lifecycle = Lifecycle(Schedule(risk), policy, time_zone)
        return CustomerShard(lifecycle, group_count, alerts_since_us, is_refitted=is_refitted)

    new_shard = _one_a_worker(shard)
    return op.stateful_batch("stateful_batch", up, lambda snapshot: _CustomersLogic(new_shard(), snapshot))


@operator
def summed(step_id: str, up: KeyedStream[Any], new: Callable[[bytes | None], Sum[Out]]) -> KeyedStream[Out]:
    """Gather what all groups tell under one key; `new` makes the sum, from its snapshot if there is one."""
    return op.stateful_batch("stateful_batch", up, lambda snapshot: _SumLogic(new(snapshot)))


@operator
def passing(
    step_id: str, up: KeyedStream[Routed], stage: Stage[Any, Change | Reject], group_count: int
) -> KeyedStream[Passed]:
    """Take changes in by one key, and pass on by another what the next stage must know."""
    new_shard = _one_a_worker(lambda: Shard(stage, group_count))
    return op.stateful_batch(
        "stateful_batch", up, lambda snapshot: _PassingLogic(new_shard(), snapshot, group_count)
    )


def _one_a_worker(new_shard: Callable[[], S]) -> Callable[[], S]:
    """Return what gives each worker a shard of its own: Bytewax runs a worker a thread.

    They go by the thread's number: in a thread that Python did not start, a threading.local is forgotten
    whenever the GIL is let go.
    """
    shards: defaultdict[int, S] = defaultdict(new_shard)
    return lambda: shards[threading.get_ident()]


class _Logic(StatefulBatchLogic[Routed, Out, bytes], Generic[S, Out]):
    """One key's logic: a group, or a clock; Bytewax does not say which key it builds for."""

    def __init__(self, shard: S, snapshot: bytes | None) -> None:
        self._shard = shard
        self._group: Group[Any, Any] | None = None if snapshot is None else shard.restore(snapshot)

    def on_batch(self, values: list[Routed]) -> tuple[Iterable[Out], bool]:
        ticks = [value for value in values if isinstance(value, Tick)]
        if ticks:
            return list(self.on_ticks(ticks)), StatefulBatchLogic.RETAIN
        if self._group is None:
            self._group = self._shard.add_group()
        changes = [change for value in values if not isinstance(value, Tick) for change in value]
        return list(self.on_changes(self._group.on_changes(changes))), StatefulBatchLogic.RETAIN

    def on_ticks(self, ticks: list[Tick]) -> Iterable[Out]:
        """Return what follows from news, and when partitions have been read further."""
        raise NotImplementedError

    def on_changes(self, outputs: Iterator[Any]) -> Iterable[Out]:
        """Return what follows from changes of the group, given the stage's outputs."""
        raise NotImplementedError

    def snapshot(self) -> bytes:
        return self._shard.snapshot() if self._group is None else self._group.snapshot()


class _CustomersLogic(_Logic[CustomerShard, Output]):
    def __init__(self, shard: CustomerShard, snapshot: bytes | None) -> None:
        super().__init__(shard, snapshot)
        # A clock that is not restored has told nothing yet.
        self._told_us = None if snapshot is None else shard.clock.now_us

    def on_ticks(self, ticks: list[Tick]) -> Iterable[Output]:
        clock, shard = ticks[0].clock, self._shard
        for record in (record for tick in ticks for record in tick.news):
            match record:
                case Request():
                    yield from shard.calendar.request(clock, record, shard.clock.now_us)
                case Budget():
                    shard.calendar.days.decide(record, shard.clock.now_us)
                case Version() if shard.calendar.decide(record, shard.clock.now_us) and clock == CLOCKS[0]:
                    yield record
        yield from shard.on_progress([tick.progress for tick in ticks])
        if shard.clock.now_us is not None and shard.clock.now_us != self._told_us:
            yield from shard.calendar.ends(clock, self._told_us, shard.clock.now_us)
            yield from shard.calendar.days.ends(clock, self._told_us, shard.clock.now_us)
            self._told_us = shard.clock.now_us

    def on_changes(self, outputs: Iterator[Output]) -> Iterable[Output]:
        return outputs


class _PassingLogic(_Logic[Shard[Any, Any], Passed]):
    def __init__(self, shard: Shard[Any, Any], snapshot: bytes | None, group_count: int) -> None:
        super().__init__(shard, snapshot)
        self._group_count = group_count
        self._told_us: int | None = None

    def on_batch(self, values: list[Routed]) -> tuple[Iterable[Passed], bool]:
        """Let what the alerts' topic says pass: it is for the customers alone."""
        echoes = [
            echo for value in values if isinstance(value, list) for echo in value if isinstance(echo, Echo)
        ]
        if not echoes:
            return super().on_batch(values)
        others = [value for value in values if isinstance(value, Tick) or not isinstance(value[0], Echo)]
        passed, _ = super().on_batch(others) if others else ([], False)
        return [*_by_group(echoes, self._group_count), *passed], StatefulBatchLogic.RETAIN

    def on_ticks(self, ticks: list[Tick]) -> Iterable[Passed]:
        """Pass news on, and time where it has moved: as the position of a partition of this clock's name."""
        name, news = ticks[0].clock, [record for tick in ticks for record in tick.news]
        if news:  # to the clock of the same name, so that they come before the time they were read at
            yield name, Tick(name, Progress(name, self._told_us or 0, None), news)
        progresses = [tick.progress for tick in ticks]
        while self._shard.advance(progresses) or self._shard.clock.now_us != self._told_us:
            yield from self._passed_on(name)
            progresses = []

    def _passed_on(self, name: str) -> Iterator[tuple[str, Tick]]:
        self._told_us = now_us = self._shard.clock.now_us
        assert now_us is not None, "time has moved"  # noqa: S101
        # One of the heartbeats is enough: it is reached when all clocks have come to it.
        heartbeat = Heartbeat(now_us, dict.fromkeys(CLOCKS, now_us)) if name == CLOCKS[0] else None
        yield from ((clock, Tick(clock, Progress(name, now_us, heartbeat))) for clock in CLOCKS)

    def on_changes(self, outputs: Iterator[Change | Reject]) -> Iterable[Passed]:
        changes: Changes = []
        for output in outputs:
            if isinstance(output, Reject):
                yield output.record.source, output
            else:
                changes.append(output)
        yield from _by_group(changes, self._group_count)


class _SumLogic(StatefulBatchLogic[Any, Out, bytes], Generic[Out]):
    def __init__(self, known: Sum[Out]) -> None:
        self._known = known

    def on_batch(self, values: list[Any]) -> tuple[Iterable[Out], bool]:
        return [told for value in values for told in self._known.take(value)], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        return self._known.snapshot()
