"""Many customers in few rows: those with alike histories share a cell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """A row a cell: its number of customers, their x, their mean t_x and T, and how many of them ordered.

    x counts repeat orders, t_x is the age at the last order and T the age at the instant that the cells
    describe, both in days since the first order. `ordered` counts the customers of the cell with at least one
    order within the horizon that followed; zeros where that is not known.
    """

    x: Numbers
    t_x: Numbers
    T: Numbers
    customers: Numbers
    ordered: Numbers

    @property
    def total(self) -> int:
        """The number of customers in all cells."""
        return round(float(self.customers.sum()))

    @property
    def repeat_total(self) -> int:
        """The number of customers with at least one repeat order."""
        return round(float(self.customers[self.x > 0].sum()))

    @property
    def ordered_total(self) -> int:
        """The number of customers who ordered within the horizon."""
        return round(float(self.ordered.sum()))

    @property
    def silent_days(self) -> Numbers:
        """The days since the last order."""
        return self.T - self.t_x
