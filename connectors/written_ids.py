"""Which ids of messages are remembered, and for how long."""

from collections.abc import Iterable


class WrittenIds:
    """The ids that one partition holds and that may be handed over again.

    Two kinds, remembered for as long as they can matter:

    - An id read from the topic's tail was written by an execution that ended before Bytewax had recorded the
      epoch. The replay hands it over again, nobody can say when: it is kept until then. Its offset stands in
      every snapshot until then, too: a second crash during the replay would else lose sight of it.
    - An id that has come in this execution. Bytewax does not replay within one; only the flow could repeat
      itself, and then within an activation. It is kept over two snapshots, a whole epoch at least. After a
      crash it is one of the first kind.

    So memory holds two epochs' ids, and the tail's that have not come again. Few do not: an alert that the
    replay no longer implies, or all of an old topic's when the recovery store is new. These are bounded by
    the topic's retention and by `kept_max`, the oldest going first.
    """

    def __init__(self, tail: dict[str, int], kept_max: int = 1_000_000) -> None:
        """Take the tail's ids and their offsets, in the order of offsets."""
        excess = max(0, len(tail) - kept_max)
        self._tail = dict(list(tail.items())[excess:])
        self._recent: set[str] = set()
        self._earlier: set[str] = set()

    def has(self, message_id: str) -> bool:
        """Return whether the partition holds the message."""
        return message_id in self._recent or message_id in self._earlier or message_id in self._tail

    def came(self, message_ids: Iterable[str]) -> None:
        """Remember ids that were handed over and that the partition holds now."""
        for message_id in message_ids:
            self._tail.pop(message_id, None)
            self._recent.add(message_id)

    def snapshot(self) -> list[int]:
        """Return the offsets of messages still to come again.

        Forgets the ids that had come before the last snapshot.
        """
        self._earlier, self._recent = self._recent, set()
        return list(self._tail.values())
