"""A customer's past as a version of the model sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np

from models import MBGNBD

POINTS = 200
ORDERS_JUMPING = 200  # of more orders no single jump can be seen
LEAST_BEYOND, MOST_BEYOND = timedelta(days=14), timedelta(days=180)
END_OF_TIME = timedelta(days=1_000_000)
RANKED = ("OVERDUE", "AT_RISK", "LAPSED")


@dataclass(frozen=True)
class Stay:
    """A state, and from when until when."""

    state: str
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class History:
    """Instants of orders up to now, in order, and the rules of the version in force for this customer."""

    orders: list[datetime]
    now: datetime
    model: MBGNBD
    threshold: float
    quantile: float
    lapse_days: int

    @classmethod
    def of(cls, orders: Sequence[datetime], version: dict[str, Any] | None, now: datetime) -> Self | None:
        """Return the history; None where nothing has been ordered by now, or the version is not known."""
        known = sorted(at for at in orders if at <= now)
        if not known or version is None or version["r"] is None:
            return None
        model = MBGNBD(r=version["r"], alpha=version["alpha_days"], a=version["a"], b=version["b"])
        return cls(known, now, model, version["threshold"], version["quantile"], version["lapse_days"])

    @property
    def end(self) -> datetime:
        """Where a picture ends: behind T*, if that is not too far away."""
        silence = self._silence_until_at_risk(len(self.orders) - 1)
        beyond = self.orders[-1] + silence - self.now
        room = (self.now - self.orders[0]) / 8
        return self.now + min(max(beyond * 1.15, room, LEAST_BEYOND), MOST_BEYOND)

    def p_alive(self) -> list[tuple[datetime, float]]:
        """Return the chance over time: evenly spaced, and right before and at each order."""
        first, length = self.orders[0], self.end - self.orders[0]
        instants = [first + length * (index / POINTS) for index in range(POINTS + 1)]
        points = [(at, "right") for at in instants]
        if len(self.orders) <= ORDERS_JUMPING:
            points += [(at, side) for at in set(self.orders[1:]) for side in ("left", "right")]
            points.sort()  # "left" comes before "right"
        days = self._days(self.orders)
        ages = self._days([at for at, _ in points])
        sides = np.array([side == "right" for _, side in points])
        counts = np.where(sides, np.searchsorted(days, ages, "right"), np.searchsorted(days, ages, "left"))
        frequency = np.maximum(counts, 1) - 1
        chances = self.model.p_alive(frequency, np.where(frequency, days[frequency], 0.0), ages)
        return [(at, float(p)) for (at, _), p in zip(points, np.atleast_1d(chances), strict=True)]

    def states(self) -> list[Stay]:
        """Return the states from the first order to now."""
        ends = [*self.orders[1:], self.now]
        stays: list[Stay] = []
        for index, (begin, end) in enumerate(zip(self.orders, ends, strict=True)):
            for stay in self._silence(index, begin, end):
                if stays and stays[-1].state == stay.state:
                    stays[-1] = Stay(stay.state, stays[-1].begin, stay.end)
                else:
                    stays.append(stay)
        return stays

    def _silence(self, index: int, begin: datetime, end: datetime) -> list[Stay]:
        """Return the states after one order: the highest that has been reached counts."""
        crossings = {
            "OVERDUE": begin + self._gap(index),
            "AT_RISK": begin + self._silence_until_at_risk(index),
            "LAPSED": begin + timedelta(days=self.lapse_days),
        }
        stays, since, state = [], begin, "ACTIVE"
        for rank, name in enumerate(RANKED):
            at = max(crossings[name], since)
            if at >= end or any(crossings[higher] <= at for higher in RANKED[rank + 1 :]):
                continue
            if at > since:
                stays.append(Stay(state, since, at))
            since, state = at, name
        return [*stays, Stay(state, since, end)]

    def _gap(self, index: int) -> timedelta:
        days = float(self.model.gap_quantile(self.quantile, *self._history(index)))
        return timedelta(days=days) if days < END_OF_TIME.days else END_OF_TIME

    def _silence_until_at_risk(self, index: int) -> timedelta:
        frequency, recency_days = self._history(index)
        days = float(self.model.alive_until(self.threshold, frequency, recency_days)) - recency_days
        return timedelta(days=days) if days < END_OF_TIME.days else END_OF_TIME

    def _history(self, index: int) -> tuple[int, float]:
        return index, float(self._days([self.orders[index]])[0]) if index else 0.0

    def _days(self, instants: Sequence[datetime]) -> np.ndarray:
        return np.array([(at - self.orders[0]).total_seconds() / 86_400 for at in instants])
