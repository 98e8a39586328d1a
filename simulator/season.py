"""Operational time: the clock by which customers buy, faster in high season than in low."""

from dataclasses import dataclass

import numpy as np

from simulator.instants import Floats
from simulator.preset import Preset

_PEAK_DAY = 334  # 1 December 1970
_YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Season:
    """Operational days elapsed at each midnight; both arrays have shape (days + 1,) and ascend."""

    midnight: Floats  # days since 1970
    elapsed: Floats  # operational days since the first midnight

    @classmethod
    def over(cls, preset: Preset, first_day: int, days: int) -> "Season":
        """Cumulate the preset's yearly wave and weekdays over a span of days since 1970."""
        midnight = np.arange(first_day, first_day + days + 1, dtype=np.float64)
        wave = 1 + preset.yearly * np.cos(2 * np.pi * (midnight - _PEAK_DAY) / _YEAR_DAYS)
        monday_first = (midnight.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        pace = wave * np.array(preset.weekday)[monday_first]
        return cls(midnight, np.concatenate([[0.0], np.cumsum(pace[:-1])]))

    def operational(self, day: Floats) -> Floats:
        """Map days since 1970 to operational days."""
        return np.interp(day, self.midnight, self.elapsed)

    def calendar(self, operational: Floats) -> Floats:
        """Map operational days back to days since 1970."""
        return np.interp(operational, self.elapsed, self.midnight)
