"""All rules side by side, on one shop's past."""

from collections.abc import Callable
from typing import NamedTuple

from models.backtest import alerts
from models.backtest.alerts import ModelAlerts
from models.backtest.orders import Orders
from models.backtest.score import Bench, Score
from models.backtest.silences import Silences
from models.backtest.versions import Version, rolling

THRESHOLDS = tuple(percent / 100 for percent in range(1, 100))
DAYS = (30, 60, 90)
REFERENCE_DAYS = 90  # the fixed rule that the thresholds are held against


class Comparison(NamedTuple):
    """The rules' scores, by threshold and by number of days, and what they were judged on."""

    versions: list[Version]
    bench: Bench
    by_threshold: dict[float, Score]
    by_days: dict[int, Score]

    @property
    def equal(self) -> tuple[float, Score] | None:
        """The highest threshold that is as precise as the fixed rule of `REFERENCE_DAYS`, with its score."""
        precision = self.by_days[REFERENCE_DAYS].precision
        if precision is None:
            return None
        as_precise = [
            (threshold, score)
            for threshold, score in self.by_threshold.items()
            if score.precision is not None and score.precision >= precision
        ]
        return max(as_precise, default=None)


def compare(orders: Orders, refit_days: int, churn_days: int, report: Callable[[str], None]) -> Comparison:
    """Fit and judge; `report` is told of the progress. Raises ValueError where the history is too short."""
    versions = rolling(orders, refit_days, report)
    since_us = versions[0].start_us
    silences = Silences.of(orders, since_us)
    bench = Bench(silences, since_us, orders.end_us, churn_days)
    by_days = {
        days: bench.score(f"silent {days} days", alerts.after_days(silences, since_us, days)) for days in DAYS
    }
    by_model = ModelAlerts(silences, versions)
    by_threshold = {}
    for number, threshold in enumerate(THRESHOLDS, 1):
        report(f"threshold {number} of {len(THRESHOLDS)}")
        by_threshold[threshold] = bench.score(f"threshold {threshold:g}", by_model.at(threshold))
    return Comparison(versions, bench, by_threshold, by_days)
