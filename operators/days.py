"""The days whose alerts are limited: which are counted beforehand, and what was decided on each."""

import logging
from collections.abc import Iterator
from typing import Any

from operators.budget import Budget, counted_at_us
from operators.census import LEAD_US, SPREAD_US
from operators.instant import DAY_US
from operators.schedule import Schedule
from operators.tally import Tally, TallyEnd

log = logging.getLogger(__name__)


class Days:
    """The budgets of days, which every worker must know alike.

    `alerts_a_day`: so many alerts are kept of each day that is still to be counted; None limits no more
    days, and those that were decided stay limited. Time waits for the decision at the last instant before
    the day.
    """

    def __init__(self, schedule: Schedule, alerts_a_day: int | None) -> None:
        self._schedule = schedule
        self._alerts_a_day = alerts_a_day
        self._counted_since_us: int | None = None  # for days counted until then no decision is due
        self._least_cents: dict[int, int] = {}  # of the days that were decided

    def begin(self, now_us: int) -> None:
        """Note a stream time that has been reached; the first one counts since days are limited."""
        if self._alerts_a_day is None:
            self._counted_since_us = None
        elif self._counted_since_us is None:
            self._counted_since_us = now_us

    def undecided(self, after_us: int, until_us: int) -> list[int]:
        """Return the days counted after one instant and up to another that nothing was decided on yet."""
        return [day for day in self._counted(after_us, until_us) if day not in self._least_cents]

    def limit(self, now_us: int, from_us: int) -> int:
        """Return how far time may move from `from_us` towards `now_us`."""
        for day in self._counted(from_us - LEAD_US, now_us):  # those that begin later
            if day not in self._least_cents:
                return min(now_us, day * DAY_US - 1)
        return now_us

    def tally(self, day: int, cents: list[int]) -> Tally:
        """Return what a group tells that foresees alerts of these values for a day."""
        assert self._alerts_a_day is not None, "days are counted"  # noqa: S101
        return Tally.of(day, self._alerts_a_day, cents)

    def ends(self, clock: str, told_us: int | None, now_us: int) -> Iterator[TallyEnd]:
        """Yield what a clock says of the days for which all its groups have told what they foresee.

        Since it last told, at `told_us`; None is not yet.
        """
        if self._alerts_a_day is None:
            return
        after_us = 0 if told_us is None else told_us - SPREAD_US
        for day in self._counted(after_us, now_us - SPREAD_US):
            is_due = day not in self._least_cents
            yield TallyEnd(counted_at_us(day), clock, self._alerts_a_day, is_due)

    def decide(self, budget: Budget, now_us: int | None) -> None:
        """Take a decision up; of several on one day the first counts, and none once the day has begun."""
        day, least_cents = budget.day, budget.least_cents
        if day in self._least_cents:
            return
        if now_us is not None and day * DAY_US <= now_us:
            log.warning("%s comes too late: the day has begun", budget.name)
            least_cents = 0
        self._take_up(day, least_cents)

    def memory(self, now_us: int | None) -> object:
        """Return what is to be remembered, as plain msgpack has it: of what is over, the limits only."""
        settled_us = 0 if now_us is None else now_us - LEAD_US
        least_cents = {
            day: cents for day, cents in self._least_cents.items() if cents or day * DAY_US > settled_us
        }
        return self._counted_since_us, least_cents

    def remember(self, memory: Any) -> None:
        """Take up what `memory` returned; once more does no harm."""
        self._counted_since_us, least_cents = memory
        for day, cents in least_cents.items():
            self._take_up(day, cents)

    def _take_up(self, day: int, least_cents: int) -> None:
        self._least_cents[day] = least_cents
        self._schedule.limit(day, least_cents)

    def _counted(self, after_us: int, until_us: int) -> range:
        """Return the days counted after one instant and up to another, since days are limited."""
        if self._counted_since_us is None:
            return range(0)
        after_us = max(after_us, self._counted_since_us)
        return range((after_us + LEAD_US) // DAY_US + 1, (until_us + LEAD_US) // DAY_US + 1)
