"""Stream time: how far every partition is known to be complete."""

from collections import deque
from dataclasses import dataclass

from msgspec import Struct

from operators.news import News


@dataclass(frozen=True, slots=True)
class Clock:
    """Stream time as a customer sees it; None before the first heartbeat has been reached.

    `adoption_delay_us`: how long after a version's `effective_from` the customer is judged by it.
    """

    now_us: int | None
    alerts_since_us: int | None
    adoption_delay_us: int = 0


class Heartbeat(Struct, frozen=True, gc=False):
    """The shop's clock as one heartbeat tells it.

    `ends` holds the high watermark of every source partition, taken after the heartbeat had been received.
    Debezium writes changes in the order of the shop's log, so whatever was committed before the heartbeat
    lies below those ends.
    """

    time_us: int
    ends: dict[str, int]


class Progress(Struct, frozen=True, gc=False):
    """How far one partition has been read, and the heartbeat it carried, if any."""

    source: str
    position: int
    heartbeat: Heartbeat | None


class Tick(Struct, frozen=True, gc=False):
    """Progress, told to the clock of this name, and before it what the models' topic says."""

    clock: str
    progress: Progress
    news: list[News] = []


class StreamClock:
    """The latest heartbeat that all partitions have been read past.

    An outage upstream brings no heartbeat, so time stands still; a backlog must be read to the heartbeat's
    ends before time moves. Neither can make a customer look silent who is not.

    `first_us` is the first heartbeat: the same for all workers, however many come to them at once.
    """

    def __init__(self) -> None:
        self.now_us: int | None = None
        self.first_us: int | None = None
        self._positions: dict[str, int] = {}
        self._waiting: deque[Heartbeat] = deque()

    def advance(self, progress: Progress) -> bool:
        """Take a partition's progress in; return whether stream time moved."""
        self._positions[progress.source] = progress.position
        if progress.heartbeat is not None:
            self._waiting.append(progress.heartbeat)
        before_us = self.now_us
        while self._waiting and self._is_reached(self._waiting[0]):
            self.restore(self._waiting.popleft().time_us)
        return self.now_us != before_us

    def restore(self, now_us: int | None) -> None:
        """Move to a time known from a snapshot; never backward."""
        if now_us is not None and (self.now_us is None or now_us > self.now_us):
            self.now_us = now_us
            self.first_us = now_us if self.first_us is None else self.first_us

    def _is_reached(self, heartbeat: Heartbeat) -> bool:
        return all(self._positions.get(source, 0) >= end for source, end in heartbeat.ends.items())
