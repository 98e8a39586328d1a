"""How good forecasts were: who would order within a horizon, against who did.

Every customer of a cell has the cell's probability, so sums over cells are exact sums over customers.
"""

from typing import NamedTuple

import numpy as np

from models.cells import Cells, Numbers
from models.orders_model import OrdersModel

BINS = 10


class Score(NamedTuple):
    """A forecast beside what happened.

    `expected` is the sum of the probabilities, `brier` their mean squared error, None of nobody. `auc` is the
    chance that somebody who ordered had the higher probability than somebody who did not, ties counting
    half; None where either is missing.
    """

    customers: int
    expected: float
    ordered: int
    brier: float | None
    auc: float | None


class Bin(NamedTuple):
    """The customers whose probability lies within one tenth of 0 to 1."""

    customers: int
    expected: float
    ordered: int


class Difference(NamedTuple):
    """One Brier score less another on the same customers, and its standard error."""

    brier: float
    standard_error: float


def forecast(model: OrdersModel, horizon_days: float, cells: Cells) -> Numbers:
    """Return the probability that a customer of each cell orders within the horizon."""
    return np.asarray(1 - model.p_no_order(horizon_days, cells.x, cells.t_x, cells.T), dtype=np.float64)


def silent_less_than(days: float, cells: Cells) -> Numbers:
    """Return 1 for whoever has been silent for less than so many days, 0 for the others."""
    return np.where(cells.silent_days < days, 1.0, 0.0)


def base_rate(horizon_days: float, cells: Cells) -> Numbers | None:
    """Return for everybody the share who ordered within the horizon *before* the cells' instant.

    That share is of those who were customers by then already, and is known at the instant. None where
    nobody was.
    """
    known = horizon_days < cells.T
    customers = float(cells.customers[known].sum())
    if customers == 0:
        return None
    ordered = float(cells.customers[known & (cells.silent_days <= horizon_days)].sum())
    return np.full(cells.x.shape, ordered / customers)


def score(p: Numbers, cells: Cells) -> Score:
    """Return the score of a forecast."""
    customers, ordered = cells.customers, cells.ordered
    total = float(customers.sum())
    squares = float(ordered @ (1 - p) ** 2 + (customers - ordered) @ p**2)
    return Score(
        customers=round(total),
        expected=float(customers @ p),
        ordered=round(float(ordered.sum())),
        brier=squares / total if total else None,
        auc=auc(p, cells),
    )


def auc(ranks: Numbers, cells: Cells) -> float | None:
    """Return the chance that somebody who ordered ranks above somebody who did not, ties counting half.

    The ranks need not be probabilities. None where nobody ordered, or everybody.
    """
    values, place = np.unique(ranks, return_inverse=True)
    ordered = np.bincount(place, cells.ordered, values.size)
    others = np.bincount(place, cells.customers - cells.ordered, values.size)
    pairs = float(ordered.sum() * others.sum())
    if pairs == 0:
        return None
    below = np.cumsum(others) - others
    return float(ordered @ (below + others / 2)) / pairs


def reliability(p: Numbers, cells: Cells) -> list[Bin]:
    """Return ten bins of equal width, from 0 up; a probability on an edge belongs to the bin above."""
    place = np.minimum(np.floor(p * BINS), BINS - 1).astype(np.int64)
    columns = (cells.customers, cells.customers * p, cells.ordered)
    customers, expected, ordered = (np.bincount(place, column, BINS).tolist() for column in columns)
    return [Bin(round(n), e, round(y)) for n, e, y in zip(customers, expected, ordered, strict=True)]


def brier_difference(p: Numbers, other: Numbers, cells: Cells) -> Difference:
    """Return how much higher, so worse, the Brier score of p is than the other's.

    The two are paired: what is hard to foresee of a customer is hard for both, and falls out. The standard
    error is infinite for fewer than two customers.
    """
    total = float(cells.customers.sum())
    counts = np.concatenate([cells.ordered, cells.customers - cells.ordered])
    each = np.concatenate([(1 - p) ** 2 - (1 - other) ** 2, p**2 - other**2])
    mean = float(counts @ each) / total if total else 0.0
    if total < 2:
        return Difference(mean, np.inf)
    variance = float(counts @ (each - mean) ** 2) / (total - 1)
    return Difference(mean, float(np.sqrt(variance / total)))
