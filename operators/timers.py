"""Many keys' timers, by stream time."""

import heapq
from collections.abc import Iterator


class Timers:
    """At most one timer a key: a new one replaces the old."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def is_due(self, now_us: int) -> bool:
        """Return whether a timer may have come."""
        return bool(self._heap) and self._heap[0][0] <= now_us

    def due_before(self, us: int) -> list[str]:
        """Return the keys whose timer comes before an instant."""
        return [key for key, due_us in self._due.items() if due_us < us]

    def set_all(self, due: dict[str, int | None]) -> None:
        """Have these timers and no others; None is never."""
        self._due = {key: due_us for key, due_us in due.items() if due_us is not None}
        self._rebuild()

    def set(self, key: str, due_us: int | None) -> None:
        """Set a key's timer; None is never."""
        if due_us == self._due.get(key):
            return
        if due_us is None:
            del self._due[key]
            return
        self._due[key] = due_us
        heapq.heappush(self._heap, (due_us, key))
        if len(self._heap) > 2 * len(self._due) + 64:  # mostly replaced timers: drop them
            self._rebuild()

    def come(self, now_us: int) -> Iterator[str]:
        """Yield the keys whose timer has come, also when it is set again meanwhile."""
        while self.is_due(now_us):
            due_us, key = heapq.heappop(self._heap)
            if self._due.get(key) == due_us:  # or it was replaced
                yield key

    def _rebuild(self) -> None:
        self._heap = [(due_us, key) for key, due_us in self._due.items()]
        heapq.heapify(self._heap)
