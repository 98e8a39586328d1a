"""Many keys' states under one key: what Bytewax holds, and what it writes to the recovery store."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from operators.clock import Clock, Progress, StreamClock
from operators.erasure import fingerprint
from operators.order import Change

SNAPSHOT_FORMAT = 4
GROUP, CLOCK = "group", "clock"

State = TypeVar("State")
Out = TypeVar("Out")
Out_co = TypeVar("Out_co", covariant=True)


def number_of(key: str, group_count: int) -> int:
    """Return the number of a customer's or an order's group: CRC-32, stable over processes and releases."""
    return zlib.crc32(key.encode()) % group_count


class Outcome(NamedTuple, Generic[State, Out]):
    """What changes bring: the state, None where nothing is to be remembered, and what is told."""

    state: State | None
    outputs: list[Out]
    erased_version: int | None


class Stage(Protocol[State, Out]):
    """What one stage makes of its keys' changes."""

    def pack(self, state: State) -> bytes:
        """Return the state at rest."""

    def unpack(self, packed: bytes) -> State:
        """Return the state from rest; the inverse of `pack`."""

    def upgrade(self, packed: bytes, written_format: int) -> bytes:
        """Return the state at rest, written by an earlier release, as it is written today."""

    def on_changes(
        self, key: str, state: State | None, changes: list[Change], erased_version: int | None, clock: Clock
    ) -> Outcome[State, Out]:
        """Take changes of one key in; `state` may be changed in place.

        `erased_version`: the change by which the key was erased, None for never; older changes come too late.
        """


class Sum(Protocol[Out_co]):
    """What all groups have told, under one key."""

    def take(self, item: Any) -> Iterable[Out_co]:
        """Take in what a group or a clock tells; return what follows."""

    def snapshot(self) -> bytes:
        """Return what has been told for the recovery store."""


class SnapshotMismatchError(RuntimeError):
    """The recovery store was written in another format or with another number of key groups."""


class Group(Generic[State, Out]):
    """The keys of one group: their states, packed at rest, and the fingerprints of those erased."""

    def __init__(
        self, shard: "Shard[State, Out]", packed: dict[str, bytes], erased: dict[bytes, int]
    ) -> None:
        self._shard = shard
        self._stage = shard.stage
        self._packed = packed
        self._erased = erased

    def on_changes(self, changes: list[Change]) -> Iterator[Out]:
        """Take changes in; yield what follows from them.

        Changes that come again do no harm: every stage keeps the newest of each row.
        """
        by_key: dict[str, list[Change]] = {}
        for change in changes:
            by_key.setdefault(change.key, []).append(change)
        for key, own in by_key.items():
            packed = self._packed.get(key)
            known = None if packed is None else self._stage.unpack(packed)
            erased_version = self._erased.get(fingerprint(key)) if self._erased else None
            outcome = self._stage.on_changes(key, known, own, erased_version, self.clock_of(key))
            if outcome.erased_version != erased_version and outcome.erased_version is not None:
                self._erased[fingerprint(key)] = outcome.erased_version
            if outcome.state is not None:
                self._packed[key] = self._stage.pack(outcome.state)
            elif packed is not None:
                del self._packed[key]
            self.on_state(key, outcome.state)
            yield from outcome.outputs

    def clock_of(self, key: str) -> Clock:
        """Return stream time as the key's stage sees it."""
        return self._shard.clock

    def on_state(self, key: str, state: State | None) -> None:
        """Take note of a key's new state."""

    def snapshot(self) -> bytes:
        """Return the state for the recovery store."""
        return self._shard.write_snapshot(GROUP, (self._packed, self._erased))


class Shard(Generic[State, Out]):
    """One worker's groups of one stage, and its stream time."""

    def __init__(
        self,
        stage: Stage[State, Out],
        group_count: int,
        alerts_since_us: int | None = None,
    ) -> None:
        self.stage = stage
        self.clock = Clock(None, alerts_since_us)
        self.groups: list[Group[State, Out]] = []
        self.group_count = group_count
        self._stream_clock = StreamClock()

    def new_group(self, packed: dict[str, bytes], erased: dict[bytes, int]) -> Group[State, Out]:
        """Return a group of this stage."""
        return Group(self, packed, erased)

    def add_group(self) -> Group[State, Out]:
        """Take up a group that nothing is known of yet, and return it."""
        return self._keep({}, {})

    def advance(self, progresses: list[Progress]) -> bool:
        """Take partitions' progress in; return whether stream time moved, at first to its first heartbeat.

        Called again, with nothing, time moves on from there.
        """
        for progress in progresses:
            self._stream_clock.advance(progress)
        if self._stream_clock.now_us is None:
            return False
        now_us = self._stream_clock.first_us if self.clock.now_us is None else self._stream_clock.now_us
        assert now_us is not None, "time has begun"  # noqa: S101
        now_us = self.limit(now_us)
        if now_us == self.clock.now_us:
            return False
        since_us = self.clock.alerts_since_us
        self.clock = Clock(now_us, now_us if since_us is None else since_us)
        return True

    def limit(self, now_us: int) -> int:
        """Return how far time may move now, where it has come to `now_us`."""
        return now_us

    def memory(self) -> object:
        """Return what the shard must remember beside its groups and its time, as plain msgpack has it."""
        return None

    def snapshot(self) -> bytes:
        """Return stream time for the recovery store; every clock of an epoch holds the same."""
        clock = (self.clock.now_us, self.clock.alerts_since_us, self.memory())
        return self.write_snapshot(CLOCK, clock)

    def write_snapshot(self, kind: str, content: object) -> bytes:
        """Return bytes for the recovery store: plain msgpack, so that no class name is kept in it."""
        return msgspec.msgpack.encode((SNAPSHOT_FORMAT, self.group_count, kind, content))

    def restore(self, snapshot: bytes) -> Group[State, Out] | None:
        """Take a snapshot up: return its group, or None where it was a clock's."""
        written_format, written_count, kind, content = msgspec.msgpack.decode(snapshot)
        if written_format not in range(1, SNAPSHOT_FORMAT + 1) or written_count != self.group_count:
            msg = (
                f"the recovery store holds format {written_format} with {written_count} key groups, "
                f"this program reads formats 1 to {SNAPSHOT_FORMAT} with {self.group_count}: "
                f"set RETENTIONCAST_KEY_GROUPS={written_count}, or start from an empty recovery store"
            )
            raise SnapshotMismatchError(msg)
        if kind == GROUP:
            packed, erased = (content[1], {}) if written_format == 1 else content  # which held offsets
            if written_format < SNAPSHOT_FORMAT:
                packed = {key: self.stage.upgrade(state, written_format) for key, state in packed.items()}
            return self._keep(packed, erased)
        self.resume(*content)
        return None

    def resume(self, now_us: int | None, since_us: int | None, memory: Any = None) -> None:
        """Take up the time that a snapshot holds; every clock of an epoch holds the same.

        A stage that passes time on begins with the next heartbeat instead. It may have been ahead of the
        stages behind it, and these have to read first what came to the flow's own topics since.
        """

    def _keep(self, packed: dict[str, bytes], erased: dict[bytes, int]) -> Group[State, Out]:
        group = self.new_group(packed, erased)
        self.groups.append(group)
        return group
