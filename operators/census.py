"""A census: how many customers are alike, taken of all of them every 30 days of stream time.

From it the model is fitted anew, and the forecasts made at earlier censuses are held against what came of
them. Each group counts its customers as their orders say they stood at the instant of the census.
"""

from bisect import bisect_right
from typing import Self

import numpy as np
from msgspec import Struct

from models import MBGNBD
from models.cells import Cells
from operators import rollcall
from operators.instant import DAY_US
from operators.rfm import Customer, Rfm

CENSUS_US = 30 * DAY_US  # censuses are taken at whole multiples of it since 1970
HORIZONS_DAYS = (30, 90)
WEEK_US = 7 * DAY_US
HOUR_US = DAY_US // 24
SPREAD_US = HOUR_US // 4  # over which groups count, and take a version up, one after the other
LEAD_US = HOUR_US  # from a census to the coming into force of the version that was fitted to it

# Which histories: the present (0), or those of so many days before; repeat orders; week of the first order;
# recency in weeks.
Cell = tuple[int, int, int, int]
# Customers; their first orders' microseconds into the week, summed; their recencies' likewise; and how many
# ordered in the days since.
Count = list[int]


class Part(rollcall.Part, frozen=True, gc=False):
    """What one group of customers counts."""

    cells: dict[Cell, Count]


class InForce(Struct, frozen=True, array_like=True, gc=False):
    """A version of the model, as much of it as judges customers; parameters in days.

    `fitted_at_us` is the census it was fitted to, None where the settings gave it.
    """

    model_version: str
    r: float
    alpha: float
    a: float
    b: float
    fitted_at_us: int | None

    @classmethod
    def of(cls, model_version: str, model: MBGNBD, fitted_at_us: int | None = None) -> Self:
        """Return a model under its name."""
        r, alpha, a, b = (float(parameter) for parameter in model.parameters.values())
        return cls(model_version, r, alpha, a, b, fitted_at_us)

    @property
    def model(self) -> MBGNBD:
        """The model."""
        return MBGNBD(r=self.r, alpha=self.alpha, a=self.a, b=self.b)


class End(rollcall.End, frozen=True, gc=False):
    """What a clock says when all groups of its worker have been counted.

    `in_force`: the versions as of the census and of each horizon before it. `is_missed`: the census was asked
    for when this worker's time had passed it, so its groups were not counted.
    """

    in_force: list[InForce]
    is_missed: bool
    is_decision_due: bool


def grid(after_us: int, until_us: int) -> range:
    """Return the instants of the censuses that are taken anyway, after one instant and up to another."""
    first = after_us // CENSUS_US + 1
    return range(first * CENSUS_US, until_us + 1, CENSUS_US)


def add(cells: dict[Cell, Count], customer: Customer, at_us: int) -> None:
    """Count a customer as of `at_us`, and as of each horizon before it with what has come since."""
    folded = customer.folded
    placed_us = sorted(order.placed_at_us for order in customer.orders.values() if order.counted)
    _add(cells, folded, placed_us, 0, at_us, at_us)
    for days in HORIZONS_DAYS:
        _add(cells, folded, placed_us, days, at_us - days * DAY_US, at_us)


def _add(
    cells: dict[Cell, Count],
    folded: Rfm | None,
    placed_us: list[int],
    days: int,
    as_of_us: int,
    until_us: int,
) -> None:
    known = bisect_right(placed_us, as_of_us)
    orders = known if folded is None else known + folded.order_count
    if orders == 0:
        return
    first_us = placed_us[0] if folded is None else folded.first_us
    latest_us = folded.latest_us if folded is not None and not known else placed_us[known - 1]
    first_week, first_rest_us = divmod(first_us, WEEK_US)
    recency_week, recency_rest_us = divmod(latest_us - first_us, WEEK_US)
    count = cells.setdefault((days, orders - 1, first_week, recency_week), [0, 0, 0, 0])
    count[0] += 1
    count[1] += first_rest_us
    count[2] += recency_rest_us
    count[3] += known < len(placed_us) and placed_us[known] <= until_us


def merge(into: dict[Cell, Count], cells: dict[Cell, Count]) -> None:
    """Add other groups' counts."""
    for cell, count in cells.items():
        known = into.get(cell)
        into[cell] = count if known is None else [a + b for a, b in zip(known, count, strict=True)]


def cells_of(counted: dict[Cell, Count], days: int, taken_at_us: int) -> Cells:
    """Return the cells of one horizon (0: the present) as arrays, ages as of then."""
    rows = [(*cell[1:], *count) for cell, count in counted.items() if cell[0] == days]
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 7).T
    x, first_week, recency_week, customers, first_rest_us, recency_rest_us, ordered = table
    first_us = first_week * WEEK_US + first_rest_us / customers
    recency_us = np.where(x > 0, recency_week * WEEK_US + recency_rest_us / customers, 0.0)
    age_us = np.maximum(taken_at_us - days * DAY_US - first_us, recency_us)
    return Cells(x, recency_us / DAY_US, age_us / DAY_US, customers, ordered)
