"""A shop's orders, as a CSV holds them."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

DAY_US = 86_400_000_000
COLUMNS = ("customer_id", "placed_at")
Days: TypeAlias = NDArray[np.float64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Orders:
    """Orders by customer, a customer's by time. `guest_orders` counts those of nobody, which are left out."""

    customer: NDArray[np.int64]
    placed_at_us: NDArray[np.int64]
    guest_orders: int = 0

    @classmethod
    def of(cls, customer: ArrayLike, placed_at_us: ArrayLike, guest_orders: int = 0) -> Self:
        """Sort orders, given as a whole number for the customer and microseconds since 1970 UTC."""
        customers, instants = np.asarray(customer, np.int64), np.asarray(placed_at_us, np.int64)
        order = np.lexsort((instants, customers))
        return cls(customers[order], instants[order], guest_orders)

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """The row of each customer's first order."""
        return np.flatnonzero(np.diff(self.customer, prepend=-1))

    @property
    def start_us(self) -> int:
        """The instant of the first order of all."""
        return int(self.placed_at_us.min())

    @property
    def end_us(self) -> int:
        """The instant of the last order of all: up to it the data are taken to be complete."""
        return int(self.placed_at_us.max())

    def histories(self, until_us: int) -> tuple[Days, Days, Days]:
        """Return x, t_x and T in days of each customer with an order before `until_us`, as known by then."""
        first_rows = self.first_rows
        counts = np.add.reduceat((self.placed_at_us < until_us).astype(np.int64), first_rows)
        first_rows, counts = first_rows[counts > 0], counts[counts > 0]
        first_us, latest_us = self.placed_at_us[first_rows], self.placed_at_us[first_rows + counts - 1]
        return (
            (counts - 1).astype(np.float64),
            (latest_us - first_us) / DAY_US,
            (until_us - first_us) / DAY_US,
        )


def read(lines: Iterable[str]) -> Orders:
    """Read a CSV with a header; columns other than `COLUMNS` are ignored.

    Lines are decoded with `surrogateescape`, so that an error can show a value's bytes. Raises ValueError
    that says what is wrong, and in which line.
    """
    numbers: dict[str, int] = {}
    customers: list[int] = []
    instants: list[int] = []
    guest_orders = 0
    for line, customer_id, placed_at in _cells(lines):
        if not customer_id:
            guest_orders += 1
            continue
        try:
            instants.append(_to_us(placed_at))
        except ValueError as error:
            msg = f"line {line}: placed_at {_bytes(placed_at)!r} is no ISO 8601 date or time"
            raise ValueError(msg) from error
        customers.append(numbers.setdefault(customer_id, len(numbers)))
    if not customers:
        msg = "there is no order of a customer in the file"
        raise ValueError(msg)
    return Orders.of(customers, instants, guest_orders)


def _cells(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the line number and the two cells of each row that is not blank."""
    rows = csv.reader(lines)
    try:
        header: list[str] = next(rows, [])
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            msg = (
                f"no column {' and no column '.join(missing)}: the first line is {_bytes(','.join(header))!r}"
            )
            raise ValueError(msg)
        customer, placed = (header.index(name) for name in COLUMNS)
        for row in rows:
            if row and len(row) <= max(customer, placed):
                msg = f"line {rows.line_num}: only {len(row)} of {len(header)} columns"
                raise ValueError(msg)
            if row:
                yield rows.line_num, row[customer], row[placed]
    except csv.Error as error:
        msg = f"line {rows.line_num}: {error}"
        raise ValueError(msg) from error


def _to_us(text: str) -> int:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return (instant - _EPOCH) // _MICROSECOND


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
