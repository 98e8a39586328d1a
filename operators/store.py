"""The store's windows: the sums of what all groups of customers have added.

They are kept under one key, not in each group: a few thousand lines in all, where lines of eight thousand
groups would be millions. Groups tell what they add within the epoch of the change, and Bytewax takes the
snapshots of an epoch of all operators together; so after a crash neither is anything missing nor added twice.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from operators.row import StreamTime
from operators.windows import COHORT_COLUMNS, DAY_COLUMNS, Added, Cohorts, Days, Key, Sums


class StoreWindows(Struct, frozen=True, gc=False):
    """Absolute sums of some of the windows; zeros alone: nothing is left there.

    `is_whole`: there are no other windows.
    """

    days: Days
    cohorts: Cohorts
    is_whole: bool


class Store:
    """All windows of the store; they are told when time moves.

    After a restart all are told once: a crashed run may have told of others than this one will touch.
    """

    def __init__(self, snapshot: bytes | None) -> None:
        self._days: Days = {}
        self._cohorts: Cohorts = {}
        if snapshot is not None:
            days, cohorts = msgspec.msgpack.decode(snapshot)
            self._days = dict(days)
            self._cohorts = {(cohort, month): sums for cohort, month, sums in cohorts}
        self._touched_days: set[int] = set()
        self._touched_cohorts: set[tuple[int, int]] = set()
        self._is_told = False

    def take(self, item: Added | StreamTime) -> Iterator[StoreWindows | StreamTime]:
        """Take in what was added; when time moves yield what has changed since, and then the time."""
        if isinstance(item, Added):
            self._touched_days |= _add(self._days, item.days, len(DAY_COLUMNS))
            self._touched_cohorts |= _add(self._cohorts, item.cohorts, len(COHORT_COLUMNS))
            return
        if not self._is_told or self._touched_days or self._touched_cohorts:
            yield self._told()
        yield item

    def snapshot(self) -> bytes:
        """Return the sums for the recovery store."""
        days = [(day, sums) for day, sums in self._days.items() if any(sums)]
        cohorts = [(*key, sums) for key, sums in self._cohorts.items() if any(sums)]
        return msgspec.msgpack.encode((days, cohorts))

    def _told(self) -> StoreWindows:
        days = self._touched_days if self._is_told else self._days.keys()
        cohorts = self._touched_cohorts if self._is_told else self._cohorts.keys()
        told = StoreWindows(
            {day: list(self._days[day]) for day in days},
            {key: list(self._cohorts[key]) for key in cohorts},
            is_whole=not self._is_told,
        )
        self._is_told, self._touched_days, self._touched_cohorts = True, set(), set()
        return told


def _add(known: dict[Key, Sums], added: dict[Key, Sums], width: int) -> set[Key]:
    for key, amounts in added.items():
        sums = known.setdefault(key, [0] * width)
        for column, amount in enumerate(amounts):
            if amount:
                sums[column] += amount
    return set(added)
