# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""The purchase histories of many customers, each distinct one held once."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models import checks


@dataclass(frozen=True)
class Histories:
    """Distinct rows (x, t_x, T) with their weights, and the distinct counts x with theirs.

    Daily dates make many customers alike, and functions of x alone, the costly Γ and ψ, need computing once
    a count: `count_of_row` leads from a row to its place in `counts`.
    """

    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    T: NDArray[np.float64]
    weights: NDArray[np.float64]
    counts: NDArray[np.float64]
    count_of_row: NDArray[np.int64]
    count_weights: NDArray[np.float64]

    @classmethod
    def of(cls, x: Any, t_x: Any, T: Any, weights: Any = None) -> Self:
        """Gather arrays of one length; weights are numbers of customers, 1 each by default.

        Raises ValueError for impossible histories, counts that are not whole, and no customers at all.
        """
        x, t_x, T = checks.history_until(x, t_x, T)
        checks.require(x == np.floor(x), "x must be whole: it counts repeat orders", x)
        weights = checks.not_negative("weights", 1.0 if weights is None else weights)
        x, t_x, T, weights = (np.ravel(column) for column in np.broadcast_arrays(x, t_x, T, weights))
        if not weights.sum() > 0:
            msg = "there are no customers to fit"
            raise ValueError(msg)
        order = np.lexsort((T, t_x, x))
        rows = np.stack([x[order], t_x[order], T[order]])
        first = np.flatnonzero(np.r_[True, np.any(rows[:, 1:] != rows[:, :-1], axis=0)])
        x, t_x, T = rows[:, first]
        weights = np.add.reduceat(weights[order], first)
        counts, count_of_row = np.unique(x, return_inverse=True)
        count_weights = np.bincount(count_of_row, weights).astype(np.float64)
        return cls(x, t_x, T, weights, counts, count_of_row.astype(np.int64), count_weights)

    @property
    def customers(self) -> float:
        """The number of customers: the sum of the weights."""
        return float(self.weights.sum())

    @property
    def repeat_customers(self) -> float:
        """The number of customers with at least one repeat order."""
        return float(self.count_weights[self.counts > 0].sum())

    @property
    def mean_age(self) -> float:
        """The mean age of a customer, 1 where all are new."""
        return float(self.weights @ self.T) / self.customers or 1.0

    @property
    def mean_gap(self) -> float:
        """The customers' summed age for each of their repeat orders, one order at least."""
        return self.mean_age * self.customers / max(float(self.weights @ self.x), 1.0)
