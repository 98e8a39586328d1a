"""What follows once every group has been counted: forecasts, their scores, and a decision on a version."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import msgspec
from msgspec import field
from typing_extensions import override

from models import judgement
from operators import census, forecast, refit
from operators.census import HORIZONS_DAYS, LEAD_US, Cell, Count, End, Part
from operators.forecast import Forecast, Reliability
from operators.instant import DAY_US
from operators.rollcall import RollCall, Sum
from operators.storm import StormLimit
from operators.version import Version

log = logging.getLogger(__name__)

MISSED = "the request came too late: for some worker that time had passed"

Verdict = Forecast | Reliability | Version


class _Counting(Sum):
    """A census that is being taken."""

    cells: dict[Cell, Count] = field(default_factory=dict)
    is_missed: bool = False


class Gathering(RollCall[Part, End, _Counting, Verdict]):
    """The counts of all groups, by census."""

    def __init__(self, clocks: int, snapshot: bytes | None, storm: StormLimit) -> None:
        super().__init__(_Counting, clocks, snapshot)
        self._storm = storm

    @override
    def add(self, known: _Counting, part: Part) -> None:
        census.merge(known.cells, part.cells)

    @override
    def on_end(self, known: _Counting, end: End) -> None:
        known.is_missed |= end.is_missed

    @override
    def verdicts(self, known: _Counting, end: End) -> Iterator[Verdict]:
        yield from _verdicts(known, end, self._storm)


def _verdicts(counting: _Counting, end: End, storm: StormLimit) -> Iterator[Verdict]:
    """Yield what follows from a complete census; `end` is of any clock, since all know the same versions."""
    at_us = end.taken_at_us
    cells = {days: census.cells_of(counting.cells, days, at_us) for days in (0, *HORIZONS_DAYS)}
    in_force, *earlier = end.in_force
    if not counting.is_missed:
        yield from forecast.made(at_us, cells[0], in_force.model_version, in_force.model)
        for days, past in zip(HORIZONS_DAYS, earlier, strict=True):
            made_at_us = at_us - days * DAY_US
            yield from forecast.matured(made_at_us, days, cells[days], past.model_version, past.model)
    if end.is_decision_due:
        fitted_at_us, matured = in_force.fitted_at_us, {days: cells[days] for days in HORIZONS_DAYS}
        fitted_days_ago = None if fitted_at_us is None else (at_us - fitted_at_us) / DAY_US
        judged = judgement.judge(cells[0], matured, in_force.model, fitted_days_ago)
        if counting.is_missed:
            judged = replace(judged, reason=MISSED)
        elif judged.adopted and judged.model is not None:  # the one is never without the other
            judged = replace(judged, reason=storm.objection(cells[0], in_force.model, judged.model))
        found = refit.of(judged, at_us, at_us + LEAD_US, in_force.model_version)
        if found.outcome == "paused":
            log.warning("version %s is not adopted: %s", found.version, found.reason)
        # A record of its own name: it must not replace one that was decided on this census before.
        yield (
            msgspec.structs.replace(found, version=f"missed-{found.version}") if counting.is_missed else found
        )
