"""When each rule would have raised its alert in each silence, in days since the silence began.

At most one alert comes in a silence, and strictly before the order that ends it; infinity is none.
"""

import numpy as np
from numpy.typing import NDArray

from models.backtest.orders import DAY_US
from models.backtest.silences import Silences
from models.backtest.versions import Version

Ages = NDArray[np.float64]


def after_days(silences: Silences, since_us: int, days: int) -> Ages:
    """Return the ages at which a rule alerts that does so after a number of days."""
    return _published(silences, since_us, np.where(silences.length_days > days, float(days), np.inf))


class ModelAlerts:
    """Alerts at the first instant at which the version in force says that P(alive) is at the threshold.

    A version counts from its start: where it finds a silence beyond the threshold already, it alerts at once.
    All silences must end after the first version's start. A stretch is the part of a silence in which one
    version is in force. T* is linear in t_x, T* − t_x = (α + t_x) · T*(x, 0) / α, so the second factor is
    computed once for each version and x.
    """

    def __init__(self, silences: Silences, versions: list[Version]) -> None:
        self._silences, self._versions = silences, versions
        starts_us = np.array([version.start_us for version in versions])
        first = np.maximum(np.searchsorted(starts_us, silences.begun_us, side="right") - 1, 0)
        counts = np.searchsorted(starts_us, silences.ended_us, side="left") - first
        self._first_stretches = np.cumsum(counts) - counts
        version = np.arange(counts.sum()) - np.repeat(self._first_stretches - first, counts)
        begun_us, ended_us = np.repeat(silences.begun_us, counts), np.repeat(silences.ended_us, counts)
        ends_us = np.append(starts_us[1:], np.iinfo(np.int64).max)
        self._from_days = np.maximum(starts_us[version] - begun_us, 0) / DAY_US
        self._to_days = (np.minimum(ends_us[version], ended_us) - begun_us) / DAY_US
        alphas = np.array([version.model.alpha for version in versions])
        self._scale_days = alphas[version] + np.repeat(silences.t_x, counts)
        self._counts, count_of_silence = np.unique(silences.x, return_inverse=True)
        self._factor = version * self._counts.size + np.repeat(count_of_silence, counts)

    def at(self, threshold: float) -> Ages:
        """Return the ages at which the model alerts by this threshold."""
        models = [version.model for version in self._versions]
        factors = [model.alive_until(threshold, self._counts, 0.0) / model.alpha for model in models]
        crossed_days = self._scale_days * np.concatenate(factors)[self._factor]
        raised_days = np.maximum(crossed_days, self._from_days)
        raised_days[raised_days >= self._to_days] = np.inf
        ages = np.minimum.reduceat(raised_days, self._first_stretches)
        return _published(self._silences, self._versions[0].start_us, ages)


def _published(silences: Silences, since_us: int, ages: Ages) -> Ages:
    """Leave out alerts that were due before the start: the flow does not publish them, and owes no second."""
    open_days = silences.age_days(since_us)
    return np.where((open_days > 0) & (ages <= open_days), np.inf, ages)
