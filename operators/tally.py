"""What the alerts foreseen for a day are worth: told by every group, before the day begins."""

from collections.abc import Iterator
from heapq import nlargest
from typing import Self

from msgspec import field
from typing_extensions import override

from operators import rollcall
from operators.budget import Budget, counted_at_us, day_counted_at
from operators.rollcall import RollCall, Sum


class Tally(rollcall.Part, frozen=True, gc=False):
    """The alerts that one group foresees for a day: how many, and the `alerts_a_day` highest values."""

    alerts_a_day: int
    due: int
    cents: list[int]

    @classmethod
    def of(cls, day: int, alerts_a_day: int, cents: list[int]) -> Self:
        """Return the tally of a day's values."""
        return cls(counted_at_us(day), alerts_a_day, len(cents), nlargest(alerts_a_day, cents))


class TallyEnd(rollcall.End, frozen=True, gc=False):
    """What a clock says when all groups of its worker have told what they foresee for a day."""

    alerts_a_day: int
    is_decision_due: bool


class _Foreseen(Sum):
    """What has been foreseen for a day so far; of the values no more than can count."""

    due: int = 0
    cents: list[int] = field(default_factory=list)


class Tallies(RollCall[Tally, TallyEnd, _Foreseen, Budget]):
    """The tallies of all groups, by day."""

    def __init__(self, clocks: int, snapshot: bytes | None) -> None:
        super().__init__(_Foreseen, clocks, snapshot)

    @override
    def add(self, known: _Foreseen, part: Tally) -> None:
        known.due += part.due
        known.cents = nlargest(part.alerts_a_day, known.cents + part.cents)

    @override
    def verdicts(self, known: _Foreseen, end: TallyEnd) -> Iterator[Budget]:
        if end.is_decision_due:
            limit = end.alerts_a_day
            yield Budget(
                day=day_counted_at(end.taken_at_us),
                alerts_a_day=limit,
                due=known.due,
                least_cents=known.cents[limit - 1] if len(known.cents) >= limit else 0,
            )
