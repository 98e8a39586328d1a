"""Changes: what a population does to the shop's tables, in the order in which it happens."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from simulator.instants import DAY_US, NEVER_US, Integers
from simulator.population import Generation, Population


class Kind(IntEnum):
    """Kinds of change, in the order in which changes of one instant happen; what `Change.values` hold."""

    REVEAL = 0  # a person's truth: Generation.truth
    OPEN = 1  # a row in customers: id, person's number
    PLACE = 2  # order id, customer id, cents
    PAY = 3  # order id
    SHIP = 4  # order id
    CANCEL = 5  # order id
    REFUND_PART = 6  # order id, cents given back
    REFUND_ALL = 7  # order id
    MERGE = 8  # account id, guest id
    ERASE = 9  # account id, guest id


class Change(NamedTuple):
    """One change; it concerns one person, so changes of different persons commute."""

    at_us: int
    kind: Kind
    person: int  # number over all generations
    values: tuple[Any, ...]


class _Column(NamedTuple):
    """All changes of one kind in a generation, shape (m,); instants may be NEVER_US."""

    kind: Kind
    at_us: Integers
    person: Integers  # index into People
    values: tuple[np.ndarray, ...]


def changes(population: Population, from_us: int) -> Iterator[Change]:
    """Yield every change at or after an instant, in order, without end."""
    columns: dict[int, list[_Column]] = {}
    while True:
        to_us = from_us + DAY_US
        alive = population.generations(from_us, to_us)
        columns = {index: columns.get(index) or _columns(population.generation(index)) for index in alive}
        day = [
            change
            for index in alive
            for column in columns[index]
            for change in _within(column, index * population.customers, from_us, to_us)
        ]
        day.sort(key=lambda change: change[:2])
        yield from day
        from_us = to_us


def _within(column: _Column, first_number: int, from_us: int, to_us: int) -> Iterator[Change]:
    chosen = np.flatnonzero((column.at_us >= from_us) & (column.at_us < to_us))
    at = column.at_us[chosen].tolist()
    person = (column.person[chosen] + first_number).tolist()
    for at_us, number, *values in zip(at, person, *(v[chosen].tolist() for v in column.values), strict=True):
        yield Change(at_us, column.kind, number, tuple(values))


def _columns(generation: Generation) -> list[_Column]:
    people, orders = generation.people, generation.orders
    everybody = np.arange(people.number.size)
    guest, account = people.guest_id, people.account_id
    in_full = orders.refunded_cents == orders.cents

    def of_people(kind: Kind, at_us: Integers, *values: np.ndarray) -> _Column:
        return _Column(kind, at_us, everybody, values)

    def of_orders(kind: Kind, at_us: Integers, *values: np.ndarray) -> _Column:
        gone = at_us >= people.erased_us[orders.person]
        return _Column(kind, np.where(gone, NEVER_US, at_us), orders.person, (orders.id, *values))

    return [
        of_people(Kind.REVEAL, people.arrived_us, *generation.truth),
        of_people(Kind.OPEN, people.arrived_us, np.where(people.was_guest, guest, account), people.number),
        of_people(Kind.OPEN, np.where(people.was_guest, people.signup_us, NEVER_US), account, people.number),
        of_orders(Kind.PLACE, orders.placed_us, generation.buyer_id, orders.cents),
        of_orders(Kind.PAY, orders.paid_us),
        of_orders(Kind.SHIP, orders.shipped_us),
        of_orders(Kind.CANCEL, orders.cancelled_us),
        of_orders(Kind.REFUND_PART, np.where(in_full, NEVER_US, orders.refunded_us), orders.refunded_cents),
        of_orders(Kind.REFUND_ALL, np.where(in_full, orders.refunded_us, NEVER_US)),
        of_people(Kind.MERGE, people.merged_us, account, guest),
        of_people(Kind.ERASE, people.erased_us, account, guest),
    ]
