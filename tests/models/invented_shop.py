"""A shop whose customers follow MBG/NBD to the letter, with what no shop knows: who has left."""

from dataclasses import dataclass

import numpy as np

from models.cells import Cells

WEEK_DAYS = 7


@dataclass(frozen=True)
class InventedShop:
    """Each customer's rate, all orders (rows of customer and day) and the day of the last one ever."""

    rate: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray  # the customer leaves right after it
    who: np.ndarray
    day: np.ndarray

    @classmethod
    def of(cls, model, customers, days, seed, until=None):
        """Draw customers who come evenly over the days; their orders end with day `until`."""
        rng = np.random.default_rng(seed)
        rate = rng.gamma(model.r, 1 / model.alpha, customers)
        dropout = rng.beta(model.a, model.b, customers)
        first_day = rng.uniform(0, days, customers)
        who, day = [np.arange(customers)], [first_day]
        last_day = first_day.copy()
        staying = np.flatnonzero(rng.random(customers) >= dropout)
        while staying.size:
            last_day[staying] += rng.exponential(1 / rate[staying])
            staying = staying[last_day[staying] < (until or days)]
            who.append(staying)
            day.append(last_day[staying])
            staying = staying[rng.random(staying.size) >= dropout[staying]]
        return cls(rate, first_day, last_day, np.concatenate(who), np.concatenate(day))

    def seen(self, on_day, horizon_days):
        """The customers of a day: their ids, x, t_x, T, and whether they order within the horizon."""
        past = self.day <= on_day
        count = np.bincount(self.who[past], minlength=self.rate.size)
        latest = self.first_day.copy()
        np.maximum.at(latest, self.who[past], self.day[past])
        within = ~past & (self.day <= on_day + horizon_days)
        ordered = np.bincount(self.who[within], minlength=self.rate.size) > 0
        known = np.flatnonzero(count)
        first_day = self.first_day[known]
        return known, count[known] - 1, latest[known] - first_day, on_day - first_day, ordered[known]

    def cells(self, on_day, horizon_days=0):
        """The customers of a day by x and the weeks of their first and latest orders."""
        return self.cells_and_place(on_day, horizon_days)[0]

    def cells_and_place(self, on_day, horizon_days):
        """Also the cell of each customer."""
        known, x, t_x, age, ordered = self.seen(on_day, horizon_days)
        first_week = self.first_day[known] // WEEK_DAYS
        key = np.stack([x, first_week, t_x // WEEK_DAYS])
        _, place, customers = np.unique(key, axis=1, return_inverse=True, return_counts=True)
        place = place.reshape(-1)
        means = (np.bincount(place, column) / customers for column in (x, t_x, age))
        return Cells(*means, customers.astype(float), np.bincount(place, ordered).astype(float)), place

    def true_p(self, on_day, horizon_days):
        """For the customers of a day, what whoever knew everything would foretell."""
        known = self.seen(on_day, horizon_days)[0]
        alive = self.last_day[known] > on_day
        return np.where(alive, -np.expm1(-self.rate[known] * horizon_days), 0.0)
