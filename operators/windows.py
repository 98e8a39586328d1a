"""What changes add to the store's windows: to its days, and to the months of its cohorts.

A day is summed up long before it comes, as far as silences lead to it: whoever was last seen 30 days ago has
lapsed today without any event. So when a day begins nothing need be looked at but the sums (store.py).

Windows have no end: a late order, a refund or another version of the model moves sums of days long past.
"""

from typing import TypeVar

from msgspec import Struct

from operators.clock import Clock
from operators.contribution import Bought, History, Silence, common, parts
from operators.instant import DAY_US
from operators.risk import END_OF_TIME_US
from operators.schedule import Schedule
from operators.zone import Zone

DAY_COLUMNS = (
    *("orders", "cents", "refunded_cents", "new", "returning", "returned_30", "returned_60", "reactivated"),
    *("lapsed_30", "lapsed_60", "lapsed_90", "at_risk"),
)
ORDERS, CENTS, REFUNDED, NEW, RETURNING, *_, AT_RISK = range(len(DAY_COLUMNS))
GAPS = [
    (days * DAY_US, DAY_COLUMNS.index(returned), DAY_COLUMNS.index(f"lapsed_{days}"))
    for days, returned in ((30, "returned_30"), (60, "returned_60"), (90, "reactivated"))
]
AWAY_US = GAPS[-1][0]  # who comes back after such a gap is reactivated
COHORT_COLUMNS = ("ordered", "ordered_last")
ORDERED, ORDERED_LAST = range(len(COHORT_COLUMNS))

Sums = list[int]
Days = dict[int, Sums]
"""Sums by local day, counted from 1970-01-01, in the order of DAY_COLUMNS."""
Cohorts = dict[tuple[int, int], Sums]
"""By the first days of two months: that of customers' first orders, and one in which they ordered."""

Key = TypeVar("Key", int, tuple[int, int])


class Added(Struct, frozen=True, gc=False):
    """What is to be added to the sums; negative where something is taken off."""

    days: Days
    cohorts: Cohorts


class Windows:
    """Gathers what one worker's changes add to the store's windows.

    `is_behind`: what stands in the recovery store is of a release that knew no windows. All of it is to be
    added before any change of it is.
    """

    def __init__(self, schedule: Schedule, zone: Zone) -> None:
        self.is_behind = False
        self._schedule = schedule
        self._zone = zone
        self._days: Days = {}
        self._cohorts: Cohorts = {}

    def take(self) -> list[Added]:
        """Return what has been added since the last call, if anything."""
        if not self._days and not self._cohorts:
            return []
        days, cohorts = (_moved(sums) for sums in (self._days, self._cohorts))
        self._days, self._cohorts = {}, {}
        return [Added(days, cohorts)] if days or cohorts else []

    def shift(self, before: History, after: History, clock: Clock) -> None:
        """Take what a customer's orders add by now in, and what they added before off."""
        since = common(before, after)
        if self.is_behind or since == len(before.orders) == len(after.orders):
            return
        for sign, history in ((-1, before), (1, after)):
            for part in parts(history, since):
                if isinstance(part, Bought):
                    self._add_bought(part, sign)
                else:
                    self._add_silence(part, sign, clock)

    def is_judged_anew(self, before: Clock, clock: Clock) -> bool:
        """Return whether a version has come into force for a customer since `before`."""
        return not self.is_behind and self._in_force(before) != self._in_force(clock)

    def judge_anew(self, history: History, before: Clock, clock: Clock) -> None:
        """Have silences be at risk as the versions say that are in force now, no longer as those before."""
        for silence in parts(history):
            if isinstance(silence, Silence):
                self._add_to(self._at_risk_day(silence, before), AT_RISK, -1)
                self._add_to(self._at_risk_day(silence, clock), AT_RISK, 1)

    def _in_force(self, clock: Clock) -> int:
        return self._schedule.in_force(clock.now_us, clock.adoption_delay_us)

    def _add_bought(self, part: Bought, sign: int) -> None:
        zone, previous_us = self._zone, part.previous_us
        sums = self._day(zone.day(part.placed_at_us))
        if not part.is_order:
            sums[REFUNDED] -= sign * part.cents
            return
        assert part.first_us is not None, "of an order"  # noqa: S101
        sums[ORDERS] += sign
        sums[CENTS] += sign * part.cents
        if previous_us is None:
            sums[NEW] += sign
        else:
            gap_us = part.placed_at_us - previous_us
            for days_us, returned, _ in GAPS:
                sums[returned] += sign * (gap_us >= days_us)
            if gap_us < AWAY_US and zone.day(previous_us) != zone.day(part.placed_at_us):
                sums[RETURNING] += sign
        month = zone.month(part.placed_at_us)
        if previous_us is None or zone.month(previous_us) != month:
            self._cohort(zone.month(part.first_us), month)[ORDERED] += sign

    def _add_silence(self, silence: Silence, sign: int, clock: Clock) -> None:
        latest_us, following_us = silence.rfm.latest_us, silence.following_us
        for days_us, _, lapsed in GAPS:
            if following_us is None or following_us - latest_us >= days_us:
                self._add_to(self._day_of(latest_us + days_us), lapsed, sign)
        self._add_to(self._at_risk_day(silence, clock), AT_RISK, sign)
        if following_us is None:
            cohort, month = (self._zone.month(at_us) for at_us in (silence.rfm.first_us, latest_us))
            self._cohort(cohort, month)[ORDERED_LAST] += sign

    def _at_risk_day(self, silence: Silence, clock: Clock) -> int | None:
        latest, schedule = silence.rfm, self._schedule
        ended_us = schedule.at(None).lapsed_at_us(latest)
        if silence.following_us is not None:
            ended_us = min(ended_us, silence.following_us)
        crossing = schedule.crossing(latest, ended_us, clock.adoption_delay_us, self._in_force(clock))
        return None if crossing is None else self._day_of(crossing[0])

    def _day_of(self, instant_us: int) -> int | None:
        return self._zone.day(instant_us) if instant_us < END_OF_TIME_US else None

    def _add_to(self, day: int | None, column: int, amount: int) -> None:
        if day is not None:
            self._day(day)[column] += amount

    def _day(self, day: int) -> Sums:
        sums = self._days.get(day)
        if sums is None:
            sums = self._days[day] = [0] * len(DAY_COLUMNS)
        return sums

    def _cohort(self, cohort: int, month: int) -> Sums:
        return self._cohorts.setdefault((cohort, month), [0] * len(COHORT_COLUMNS))


def _moved(windows: dict[Key, Sums]) -> dict[Key, Sums]:
    """Return the sums that are other than they were."""
    return {key: sums for key, sums in windows.items() if any(sums)}
