"""How good a rule's alerts were."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.backtest.alerts import Ages
from models.backtest.orders import DAY_US
from models.backtest.silences import Silences
from models.backtest.versions import day


class Score(NamedTuple):
    """What a rule did; None is a share or median of nothing.

    alerts: all from the first model to the end of data. judged: those in judged silences, in time. precision:
    the share of these whose silence became churn. recall: the share of churned silences that were alerted in
    time. median_lead_days: how long before churn these were alerted, 0 where they were not.
    """

    rule: str
    alerts: int
    alerts_per_day: float
    judged: int
    precision: float | None
    recall: float | None
    median_lead_days: float | None


@dataclass(frozen=True)
class Bench:
    """The silences that every rule is judged on, so that all face the same.

    A silence is churn when it lasts `churn_days`, and an alert is in time before that. Judged are those that
    began at the first model or later, and so early that `churn_days` passed before the end of data: also
    where the next order came soon, or the quick returns of late silences would be counted without the others.
    """

    silences: Silences
    since_us: int
    end_us: int
    churn_days: int

    def __post_init__(self) -> None:
        missing_days = self.churn_days - (self.end_us - self.since_us) / DAY_US
        if missing_days >= 0:
            msg = (
                f"too little history: the first model is of {day(self.since_us)}, the last order of"
                f" {day(self.end_us)}; churn after {self.churn_days} days needs {int(missing_days) + 1} more"
            )
            raise ValueError(msg)

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """Which silences are judged."""
        begun_us = self.silences.begun_us
        return (begun_us >= self.since_us) & (begun_us + self.churn_days * DAY_US <= self.end_us)

    @cached_property
    def churned(self) -> NDArray[np.bool_]:
        """Which judged silences became churn."""
        return self.judged & (self.silences.length_days >= self.churn_days)

    def score(self, rule: str, ages: Ages) -> Score:
        """Judge a rule by the ages at which it alerted."""
        in_time = ages < self.churn_days
        judged, right = int((in_time & self.judged).sum()), int((in_time & self.churned).sum())
        churned = int(self.churned.sum())
        alerts = int(np.isfinite(ages).sum())
        lead_days = np.maximum(self.churn_days - ages[self.churned], 0.0)
        return Score(
            rule,
            alerts,
            alerts / ((self.end_us - self.since_us) / DAY_US),
            judged,
            right / judged if judged else None,
            right / churned if churned else None,
            float(np.median(lead_days)) if churned else None,
        )
