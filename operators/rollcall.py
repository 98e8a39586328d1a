"""What all groups of customers tell of one instant, and how it is known that all have told it."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct, field


class Part(Struct, frozen=True, gc=False):
    """What one group tells of an instant."""

    taken_at_us: int


class End(Struct, frozen=True, gc=False):
    """What a clock says of an instant when all groups of its worker have told theirs."""

    taken_at_us: int
    clock: str


class Sum(Struct):
    """What has been told of an instant, and which clocks have come to its end."""

    ended: set[str] = field(default_factory=set)


PartT = TypeVar("PartT", bound=Part)
EndT = TypeVar("EndT", bound=End)
SumT = TypeVar("SumT", bound=Sum)
Verdict = TypeVar("Verdict")


class RollCall(Generic[PartT, EndT, SumT, Verdict]):
    """The sums of what groups tell, by instant; each is judged when all clocks have come to its end."""

    def __init__(self, new_sum: type[SumT], clocks: int, snapshot: bytes | None) -> None:
        self._new_sum = new_sum
        self._clocks = clocks
        self._sums: dict[int, SumT] = {}
        if snapshot is not None:
            self._sums = msgspec.msgpack.decode(snapshot, type=dict[int, new_sum])  # type: ignore[valid-type]

    def take(self, item: PartT | EndT) -> Iterator[Verdict]:
        """Take what a group tells, or a clock's end, in; yield what follows where all is told by it."""
        known = self._sums.setdefault(item.taken_at_us, self._new_sum())
        if not isinstance(item, End):
            self.add(known, item)
            return
        known.ended.add(item.clock)
        self.on_end(known, item)
        if len(known.ended) == self._clocks:
            del self._sums[item.taken_at_us]
            yield from self.verdicts(known, item)

    def add(self, known: SumT, part: PartT) -> None:
        """Add what one group tells."""
        raise NotImplementedError

    def on_end(self, known: SumT, end: EndT) -> None:
        """Take note of what a clock says beside its coming to the end."""

    def verdicts(self, known: SumT, end: EndT) -> Iterator[Verdict]:
        """Yield what follows from all that was told; `end` is of any clock, since all know the same."""
        raise NotImplementedError

    def snapshot(self) -> bytes:
        """Return the sums that are not complete yet, for the recovery store."""
        return msgspec.msgpack.encode(self._sums)
