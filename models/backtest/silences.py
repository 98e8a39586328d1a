"""The silences between orders: what an alert is raised on."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.backtest.orders import DAY_US, Orders


@dataclass(frozen=True)
class Silences:
    """From one order of a customer to the next, or to the end of data.

    x and t_x are what was known when a silence began: repeat orders so far, and the customer's age in days.
    """

    x: NDArray[np.int64]
    t_x: NDArray[np.float64]
    begun_us: NDArray[np.int64]
    ended_us: NDArray[np.int64]

    @classmethod
    def of(cls, orders: Orders, since_us: int) -> Self:
        """Return the silences of which some time lies after `since_us`.

        Between orders of one instant there is none: no alert could come in it.
        """
        begun_us, first_rows = orders.placed_at_us, orders.first_rows
        counts = np.diff(first_rows, append=begun_us.size)
        x = np.arange(begun_us.size) - np.repeat(first_rows, counts)
        t_x = (begun_us - np.repeat(begun_us[first_rows], counts)) / DAY_US
        ended_us = np.append(begun_us[1:], orders.end_us)
        ended_us[first_rows[1:] - 1] = orders.end_us
        return cls(x, t_x, begun_us, ended_us)._where(ended_us > np.maximum(begun_us, since_us))

    @property
    def length_days(self) -> NDArray[np.float64]:
        """How long they lasted, or have lasted by the end of data."""
        return (self.ended_us - self.begun_us) / DAY_US

    def age_days(self, instant_us: "int | NDArray[np.int64]") -> NDArray[np.float64]:
        """Return how long they had lasted at an instant; below 0 where they had not begun."""
        return (instant_us - self.begun_us) / DAY_US

    def _where(self, chosen: NDArray[np.bool_]) -> Self:
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))
