"""Costly functions of (x, age) that many customers need, through polynomials shared among them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.blocks import blockwise, each_block
from models.elementwise import Floats

CELL_WIDTH = 0.25
NODE_COUNT = 8
NODES = 0.5 + 0.5 * np.cos(np.pi * (np.arange(NODE_COUNT) + 0.5) / NODE_COUNT)
VALUES_TO_COEFFICIENTS = np.linalg.inv(np.vander(NODES, increasing=True))
ROUNDING = 1e-9
LEAST_CUSTOMERS = 16_384
# Beyond these the customers are too different from each other for tables to be worth their making.
MOST_KEYS_A_CUSTOMER = 2.0
MOST_NODES_A_CUSTOMER = 0.3


@dataclass(frozen=True)
class Interpolation:
    """A function of whole x and of age, as one polynomial for each x and cell of ages.

    Cells are a quarter wide in a coordinate of age in which the function is analytic within π/2 of the real
    line: there every node of a cell takes the error down by a factor of 25, to about 1e-11 of the value.
    """

    coordinate: Callable[[Floats], Floats]
    first_cell: int
    cell_count: int
    column_of_key: NDArray[np.intp]
    # A row a power, a column a polynomial.
    coefficients: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        function: Callable[[Floats, Floats], Floats],
        coordinate: Callable[[Floats], Floats],
        x: Floats,
        *ages: Floats,
    ) -> Self | None:
        """Return function(x, coordinate(age)) for these customers, or None where it would not be faster.

        The function is elementwise, the coordinate rises or falls with age.
        """
        shape = np.shape(x)
        if np.size(x) < LEAST_CUSTOMERS or any(np.shape(age) != shape for age in ages):
            return None
        ends = coordinate(np.array([[age.min(), age.max()] for age in ages])) / CELL_WIDTH
        first, last = int(np.floor(ends.min() - ROUNDING)), int(np.floor(ends.max() + ROUNDING))
        key_count = (int(x.max()) + 1) * (last - first + 1)
        if key_count > MOST_KEYS_A_CUSTOMER * x.size or not whole(x):
            return None
        table = cls(coordinate, first, last - first + 1, np.zeros(key_count, np.intp), np.empty((0, 0)))
        keys = np.flatnonzero(table._occupied(x, ages))
        if keys.size * NODE_COUNT > MOST_NODES_A_CUSTOMER * x.size:
            return None
        table.column_of_key[keys] = np.arange(keys.size)
        key_x, key_cell = np.divmod(keys, table.cell_count)
        at = CELL_WIDTH * (key_cell + first + NODES[:, None])
        values = blockwise(function, np.broadcast_to(key_x.astype(np.float64), at.shape), at)
        return replace(table, coefficients=VALUES_TO_COEFFICIENTS @ values)

    def __call__(self, x: NDArray[np.float64], age: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the function's values for customers among those the interpolation was made for."""
        key, place = self._place(x, age)
        column = self.column_of_key.take(key)
        value: NDArray[np.float64] = self.coefficients[-1].take(column)
        for row in self.coefficients[-2::-1]:
            value *= place
            value += row.take(column)
        return value

    def _place(
        self, x: NDArray[np.float64], age: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the keys of x and cell, and where in their cells the ages lie, from 0 to 1."""
        place = self.coordinate(age)
        place *= 1 / CELL_WIDTH
        place -= self.first_cell
        cell = np.floor(place)
        place -= cell
        cell += x * self.cell_count
        return cell.astype(np.intp), place

    def _occupied(self, x: NDArray[np.float64], ages: tuple[NDArray[np.float64], ...]) -> NDArray[np.bool_]:
        occupied = np.zeros(self.column_of_key.size, dtype=np.bool_)

        def mark(block: slice) -> None:
            for age in ages:
                occupied[self._place(x.reshape(-1)[block], age.reshape(-1)[block])[0]] = True

        each_block(mark, x.size)
        return occupied


def whole(values: NDArray[np.float64]) -> bool:
    """Return whether all the values are whole numbers."""
    flat = values.reshape(-1)
    return all(each_block(lambda block: bool(np.all(np.rint(flat[block]) == flat[block])), flat.size))
