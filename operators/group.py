"""Many customers under one key, and one worker's groups under one clock."""

import heapq
from collections.abc import Iterator

import msgspec

from operators.clock import Progress, StreamClock
from operators.customer import Clock, Lifecycle, Output, SourcedChange
from operators.order import OrderChange
from operators.row import StreamTime

SNAPSHOT_FORMAT = 1
GROUP, CLOCK = "group", "clock"


class SnapshotMismatchError(RuntimeError):
    """The recovery store was written in another format or with another number of key groups."""


class GroupBatch(msgspec.Struct, frozen=True, gc=False):
    """Changes of one partition for one group, in the order of their offsets."""

    source: str
    changes: list[OrderChange]


class Group:
    """The customers of one key, packed at rest, and their timers."""

    def __init__(self, shard: "Shard", offsets: dict[str, int], packed: dict[str, bytes]) -> None:
        self._shard = shard
        self._lifecycle = shard.lifecycle
        self._offsets = offsets
        self._packed = packed
        self._due: dict[str, int] = {}
        self._timers: list[tuple[int, str]] = []
        self._is_armed = (
            not packed
        )  # a restored group is armed when time first moves: the clock may come later

    def on_batch(self, batches: list[GroupBatch]) -> Iterator[Output]:
        """Take changes in; yield what follows from them.

        A record at or below the partition's last offset is a repeat. Bytewax may hand such a record over
        after a second crash, with a state that has seen it already.
        """
        touched: dict[str, list[SourcedChange]] = {}
        for batch in batches:
            last_offset = self._offsets.get(batch.source, -1)
            for change in batch.changes:
                fresh = touched.setdefault(change.customer_id, [])
                if change.record.offset > last_offset:
                    fresh.append((batch.source, change))
            self._offsets[batch.source] = max(last_offset, batch.changes[-1].record.offset)
        clock = self._shard.clock
        for customer_id, changes in touched.items():
            packed = self._packed.get(customer_id)
            customer = self._lifecycle.new() if packed is None else self._lifecycle.unpack(packed)
            yield from self._lifecycle.on_changes(customer_id, customer, changes, clock)
            self._packed[customer_id] = self._lifecycle.pack(customer)
            if self._is_armed:
                self._arm(customer_id, self._lifecycle.due_us(customer, clock))

    def on_time(self, before: Clock, clock: Clock) -> Iterator[Output]:
        """Yield what time alone has brought to customers whose timer has come."""
        if not self._is_armed:
            self._arm_all(before)
        while self._timers and clock.now_us is not None and self._timers[0][0] <= clock.now_us:
            due_us, customer_id = heapq.heappop(self._timers)
            if self._due.get(customer_id) != due_us:
                continue  # the customer has ordered since: this timer was replaced
            customer = self._lifecycle.unpack(self._packed[customer_id])
            yield from self._lifecycle.on_time(customer_id, customer, before, clock)
            self._arm(customer_id, self._lifecycle.due_us(customer, clock))

    def snapshot(self) -> bytes:
        """Return the state for the recovery store."""
        return self._shard.write_snapshot(GROUP, (self._offsets, self._packed))

    def _arm_all(self, clock: Clock) -> None:
        for customer_id, packed in self._packed.items():
            self._arm(customer_id, self._lifecycle.due_us(self._lifecycle.unpack(packed), clock))
        self._is_armed = True

    def _arm(self, customer_id: str, due_us: int | None) -> None:
        if due_us == self._due.get(customer_id):
            return
        if due_us is None:
            del self._due[customer_id]
            return
        self._due[customer_id] = due_us
        heapq.heappush(self._timers, (due_us, customer_id))
        if len(self._timers) > 2 * len(self._due) + 64:  # mostly replaced timers: drop them
            self._timers = [(due_us, customer_id) for customer_id, due_us in self._due.items()]
            heapq.heapify(self._timers)


class Shard:
    """One worker's groups and its stream time.

    `alerts_since_us`: only crossings after it are published; None takes the first stream time ever reached,
    so that a shop with ten years of history does not begin with a storm.
    """

    def __init__(self, lifecycle: Lifecycle, group_count: int, alerts_since_us: int | None) -> None:
        self.lifecycle = lifecycle
        self.clock = Clock(None, alerts_since_us)
        self._group_count = group_count
        self._groups: list[Group] = []
        self._stream_clock = StreamClock()

    def add_group(self) -> Group:
        """Return a new group."""
        return self._keep(Group(self, {}, {}))

    def on_progress(self, progresses: list[Progress]) -> Iterator[Output]:
        """Take partitions' progress in; where stream time moves, yield what that brings to anyone."""
        moved = False
        for progress in progresses:
            moved |= self._stream_clock.advance(progress)
        now_us = self._stream_clock.now_us
        if not moved or now_us is None:
            return
        before, since_us = self.clock, self.clock.alerts_since_us
        since_us = now_us if since_us is None else since_us
        self.clock = Clock(now_us, since_us)
        for group in self._groups:
            yield from group.on_time(before, self.clock)
        yield StreamTime(now_us, since_us)

    def snapshot(self) -> bytes:
        """Return stream time for the recovery store; every clock of an epoch holds the same."""
        return self.write_snapshot(CLOCK, (self.clock.now_us, self.clock.alerts_since_us))

    def write_snapshot(self, kind: str, content: object) -> bytes:
        """Return bytes for the recovery store: plain msgpack, so that no class name is kept in it."""
        return msgspec.msgpack.encode((SNAPSHOT_FORMAT, self._group_count, kind, content))

    def restore(self, snapshot: bytes) -> Group | None:
        """Take a snapshot up: return its group, or None where it was a clock's."""
        written_format, written_count, kind, content = msgspec.msgpack.decode(snapshot)
        if (written_format, written_count) != (SNAPSHOT_FORMAT, self._group_count):
            msg = (
                f"the recovery store holds format {written_format} with {written_count} key groups, "
                f"this program reads format {SNAPSHOT_FORMAT} with {self._group_count}: "
                f"set RETENTIONCAST_KEY_GROUPS={written_count}, or start from an empty recovery store"
            )
            raise SnapshotMismatchError(msg)
        if kind == GROUP:
            return self._keep(Group(self, *content))
        now_us, since_us = content
        self._stream_clock.restore(now_us)
        configured_us = self.clock.alerts_since_us
        self.clock = Clock(self._stream_clock.now_us, since_us if configured_us is None else configured_us)
        return None

    def _keep(self, group: Group) -> Group:
        self._groups.append(group)
        return group
