# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""The purchase histories of many customers, each distinct one held once."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models import checks

LARGEST_WHOLE = 2.0**53  # up to here a float64 holds every whole number


@dataclass(frozen=True)
class Histories:
    """Distinct rows (x, t_x, T) with their weights, in the order of x, T and t_x, and the distinct counts x.

    Daily dates make many customers alike, and functions of x alone, the costly Γ and ψ, need computing once
    a count: `count_of_row` leads from a row to its place in `counts`.
    """

    x: NDArray[np.float64]
    t_x: NDArray[np.float64]
    T: NDArray[np.float64]
    weights: NDArray[np.float64]
    counts: NDArray[np.float64]
    count_of_row: NDArray[np.intp]

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
        order = _order(x, T, t_x)
        rows = np.stack([x[order], t_x[order], T[order]])
        first = _changes(rows)
        x, t_x, T = rows[:, first]
        weights = np.add.reduceat(weights[order], first)
        first_of_count = _changes(x)
        count_of_row = np.repeat(np.arange(first_of_count.size), np.diff(first_of_count, append=x.size))
        return cls(x, t_x, T, weights, x[first_of_count], count_of_row)

    def every(self, step: int) -> Self:
        """Return every step-th row: a sample with all counts and ages in it, as the rows stand in order."""
        rows = slice(step // 2, None, step)
        return replace(
            self,
            x=self.x[rows], t_x=self.t_x[rows], T=self.T[rows],
            weights=self.weights[rows], count_of_row=self.count_of_row[rows],
        )  # fmt: skip

    @cached_property
    def count_weights(self) -> NDArray[np.float64]:
        """The number of customers with each of the `counts`."""
        return np.bincount(self.count_of_row, self.weights, self.counts.size).astype(np.float64)

    @cached_property
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


def _order(*columns: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the order that sorts rows by these columns, the first one foremost."""
    packed, places = np.zeros(columns[0].size), 1.0
    for column in columns:
        base = column.max() + 1
        packed, places = packed * base + column, places * base
    if places < LARGEST_WHOLE and all(np.array_equal(column, np.rint(column)) for column in columns):
        return np.argsort(packed)  # three times as fast
    return np.lexsort(columns[::-1])


def _changes(columns: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where a row differs from the one before it, the first row included."""
    differs = np.any(np.atleast_2d(columns[..., 1:] != columns[..., :-1]), axis=0)
    return np.flatnonzero(np.r_[True, differs])
