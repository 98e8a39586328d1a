"""What follows once every group has been counted: forecasts, their scores, and a decision on a version."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import msgspec
from msgspec import Struct, field

from models import judgement
from operators import census, forecast, refit
from operators.census import HORIZONS_DAYS, LEAD_US, Cell, Count, End, Part
from operators.forecast import Forecast, Reliability
from operators.instant import DAY_US
from operators.storm import StormLimit
from operators.version import Version

log = logging.getLogger(__name__)

MISSED = "the request came too late: for some worker that time had passed"

Verdict = Forecast | Reliability | Version


class _Counting(Struct):
    """A census that is being taken: what has been counted, and which clocks have come to its end."""

    cells: dict[Cell, Count] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    is_missed: bool = False


class Gathering:
    """The counts of all groups, by census; each is judged when all clocks have come to its end."""

    def __init__(self, clocks: int, snapshot: bytes | None, storm: StormLimit) -> None:
        self._clocks = clocks
        self._storm = storm
        self._countings: dict[int, _Counting] = {}
        if snapshot is not None:
            self._countings = _DECODER.decode(snapshot)

    def take(self, item: Part | End) -> Iterator[Verdict]:
        """Take a count, or a clock's end, in; yield what follows from a census that is complete by it."""
        counting = self._countings.setdefault(item.taken_at_us, _Counting())
        if isinstance(item, Part):
            census.merge(counting.cells, item.cells)
            return
        counting.ended.add(item.clock)
        counting.is_missed |= item.is_missed
        if len(counting.ended) == self._clocks:
            del self._countings[item.taken_at_us]
            yield from _verdicts(counting, item, self._storm)

    def snapshot(self) -> bytes:
        """Return the censuses that are being taken, for the recovery store."""
        return msgspec.msgpack.encode(self._countings)


_DECODER: msgspec.msgpack.Decoder[dict[int, _Counting]] = msgspec.msgpack.Decoder(dict[int, _Counting])


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
