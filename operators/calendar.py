"""Which censuses are taken, and what was decided after each: what every worker must know alike."""

import logging
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import msgspec

from operators.census import CENSUS_US, HORIZONS_DAYS, LEAD_US, SPREAD_US, End, InForce, grid
from operators.days import Days
from operators.instant import DAY_US
from operators.schedule import Schedule
from operators.version import Request, Version

log = logging.getLogger(__name__)


class Calendar:
    """The censuses that were asked for beside those taken anyway, and the decisions on versions.

    `is_refitted`: the censuses taken anyway are followed by a decision, too. Where one is due, time waits for
    it at the instant from which the version would be in force, so that a replay adopts the same versions at
    the same instants. `days` are those whose alerts are limited, `alerts_a_day` to how many.
    """

    def __init__(self, schedule: Schedule, *, is_refitted: bool, alerts_a_day: int | None = None) -> None:
        self.days = Days(schedule, alerts_a_day)
        self._schedule = schedule
        self._is_refitted = is_refitted
        self._began_us: int | None = None  # the first stream time: no census was taken before it
        self._refitted_since_us: int | None = None  # censuses before were not to be followed by a decision
        self._requested_us: set[int] = set()
        self._decided_us: set[int] = set()
        first = schedule.at(None)
        self._first = InForce.of(first.model_version, first.model)
        self._adopted: list[tuple[int, InForce]] = []

    def begin(self, now_us: int) -> None:
        """Note a stream time that has been reached; the first one counts."""
        if not self._is_refitted:
            self._refitted_since_us = None
        elif self._refitted_since_us is None:
            self._refitted_since_us = 0 if self._began_us is None else now_us
        if self._began_us is None:
            self._began_us = now_us
        self.days.begin(now_us)

    def between(self, after_us: int, until_us: int) -> list[int]:
        """Return the instants of the censuses taken after one instant and up to another."""
        if self._began_us is None:
            return []
        after_us = max(after_us, self._began_us)
        requested = {at_us for at_us in self._requested_us if after_us < at_us <= until_us}
        return sorted(requested.union(grid(after_us, until_us)))

    def limit(self, now_us: int, from_us: int) -> int:
        """Return how far time may move from `from_us` towards `now_us`."""
        now_us = self.days.limit(now_us, from_us)
        for at_us in self.between(from_us - LEAD_US, now_us):
            if self._is_due(at_us):
                return min(now_us, at_us + LEAD_US - 1)
        return now_us

    def ends(self, clock: str, told_us: int | None, now_us: int) -> Iterator[End]:
        """Yield what a clock says of the censuses that all its groups have been counted in.

        Since it last told, at `told_us`; None is not yet.
        """
        after_us = 0 if told_us is None else told_us - SPREAD_US
        for at_us in self.between(after_us, now_us - SPREAD_US):
            yield self._end(clock, at_us, is_missed=False, is_due=self._is_due(at_us))

    def request(self, clock: str, request: Request, now_us: int | None) -> Iterator[End]:
        """Take up a census that was asked for; yield its end where it is too late for it.

        Other workers' clocks may still be ahead of it, and wait for this one's. Where a census is taken
        anyway, being late for the request changes nothing.
        """
        if now_us is None or request.at_us > now_us:
            self._requested_us.add(request.at_us)
        elif request.at_us % CENSUS_US and request.at_us not in self._requested_us | self._decided_us:
            yield self._end(clock, request.at_us, is_missed=True, is_due=True)

    def decide(self, version: Version, now_us: int | None) -> bool:
        """Take a decision up; return whether it counts: of several on one census the first does."""
        if version.fitted_at_us in self._decided_us:
            return False
        self._decided_us.add(version.fitted_at_us)
        if version.adopted and now_us is not None and version.effective_from_us <= now_us:
            log.warning("version %s comes too late: time has passed its beginning", version.version)
            return False
        if version.adopted and version.model is not None:  # the one is never without the other
            adopted = InForce.of(version.version, version.model, version.fitted_at_us)
            self._adopt(version.effective_from_us, adopted)
        return True

    def memory(self, now_us: int | None) -> tuple[object, ...]:
        """Return what is to be remembered, as plain msgpack has it."""
        settled_us = 0 if now_us is None else now_us - LEAD_US
        decided_us, requested_us = (
            sorted(at_us for at_us in instants if at_us > settled_us)
            for instants in (self._decided_us, self._requested_us)
        )
        adopted = [(since_us, msgspec.structs.astuple(version)) for since_us, version in self._adopted]
        days = self.days.memory(now_us)
        return self._began_us, self._refitted_since_us, requested_us, decided_us, adopted, days

    def remember(self, memory: Any) -> None:
        """Take up what `memory` returned; once more does no harm."""
        self._began_us, self._refitted_since_us, requested_us, decided_us, adopted, *days = memory
        self._requested_us |= set(requested_us)
        self._decided_us |= set(decided_us)
        for effective_us, version in adopted[len(self._adopted) :]:
            self._adopt(effective_us, InForce(*version))
        if days:  # which were not limited at first
            self.days.remember(days[0])

    def _adopt(self, effective_from_us: int, version: InForce) -> None:
        self._adopted.append((effective_from_us, version))
        self._schedule.adopt(version.model, version.model_version, effective_from_us)

    def _is_due(self, at_us: int) -> bool:
        since_us = self._refitted_since_us
        is_refit = at_us % CENSUS_US == 0 and since_us is not None and at_us > since_us
        return (is_refit or at_us in self._requested_us) and at_us not in self._decided_us

    def _end(self, clock: str, at_us: int, *, is_missed: bool, is_due: bool) -> End:
        in_force = [self._in_force(at_us - days * DAY_US) for days in (0, *HORIZONS_DAYS)]
        return End(at_us, clock, in_force, is_missed, is_due)

    def _in_force(self, at_us: int) -> InForce:
        by_instant = sorted(self._adopted, key=itemgetter(0))
        return [self._first, *(version for since_us, version in by_instant if since_us <= at_us)][-1]
