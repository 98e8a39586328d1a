"""The agenda: coming changes, cut into transactions."""

from collections.abc import Iterator

from simulator.change import Change


class Agenda:
    """Cuts an endless, ordered stream of changes into batches that can be committed one by one."""

    def __init__(self, coming: Iterator[Change]) -> None:
        self._coming = coming
        self._next = next(coming)

    def batches(self, until_us: int) -> Iterator[tuple[list[Change], int]]:
        """Yield (changes, instant the clock may then show), until the clock shows the instant asked for.

        A batch holds one instant of each person, so that an order's steps are transactions of their own. The
        clock never passes a change that is in no batch yet. If nothing is due there is one empty batch.
        """
        while True:
            batch = self._batch(until_us)
            yield batch, min(self._next.at_us, until_us)
            if self._next.at_us >= until_us:
                return

    def _batch(self, until_us: int) -> list[Change]:
        batch: list[Change] = []
        seen: dict[int, int] = {}  # person → the instant of theirs that is in the batch
        while self._next.at_us < until_us:
            change = self._next
            # Never cut within an instant: the clock must lie between what is done and what is not.
            if seen.get(change.person, change.at_us) != change.at_us and batch[-1].at_us != change.at_us:
                break
            seen[change.person] = change.at_us
            batch.append(change)
            self._next = next(self._coming)
        return batch
