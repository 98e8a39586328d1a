"""Snapshots: the tables' rows as they stand at an instant, in the text form COPY reads."""

from collections.abc import Iterable, Iterator

import numpy as np

from simulator.instants import NEVER_US, to_text
from simulator.names import Names
from simulator.population import Generation

_NULL = "\\N"


def customers(generation: Generation, names: Names, before_us: int) -> Iterator[str]:
    """Yield lines of (id, email, name, created_at, merged_into) after all changes before an instant."""
    people = generation.people
    kept = people.erased_us >= before_us
    rows = (
        (people.guest_id, people.arrived_us, people.merged_us, people.was_guest),
        (people.account_id, people.signup_us, np.full_like(people.merged_us, NEVER_US), True),
    )
    for id_, created_us, merged_us, exists in rows:
        chosen = np.flatnonzero(kept & exists & (created_us < before_us))
        merged = (merged_us[chosen] < before_us).tolist()
        account = people.account_id[chosen].tolist()
        yield from _lines(
            id_[chosen].tolist(),
            *zip(*(names.of(number) for number in people.number[chosen].tolist()), strict=True),
            to_text(created_us[chosen]),
            [into if is_merged else None for into, is_merged in zip(account, merged, strict=True)],
        )


def orders(generation: Generation, before_us: int) -> Iterator[str]:
    """Yield lines of (id, customer_id, status, total, refunded, placed_at), likewise."""
    people, all_orders = generation.people, generation.orders
    kept = people.erased_us[all_orders.person] >= before_us
    chosen = np.flatnonzero(kept & (all_orders.placed_us < before_us))
    order = all_orders.take(chosen)
    customer_id = np.where(
        people.merged_us[order.person] < before_us,
        people.account_id[order.person],
        generation.buyer_id[chosen],
    )
    refunded_cents = np.where(order.refunded_us < before_us, order.refunded_cents, 0)
    status = np.select(
        [
            order.cancelled_us < before_us,
            refunded_cents == order.cents,
            order.shipped_us < before_us,
            order.paid_us < before_us,
        ],
        ["cancelled", "refunded", "shipped", "paid"],
        "pending",
    )
    yield from _lines(
        order.id.tolist(),
        customer_id.tolist(),
        status.tolist(),
        _money(order.cents),
        _money(refunded_cents),
        to_text(order.placed_us),
    )


def truth(generation: Generation) -> Iterator[str]:
    """Yield lines of truth.customers for everybody in the generation."""
    account_id, guest_id, *rates, arrived_us, dropout_us, final_order_us = generation.truth
    yield from _lines(
        account_id.tolist(),
        [guest or None for guest in guest_id.tolist()],
        *(rate.tolist() for rate in rates),
        to_text(arrived_us),
        to_text(dropout_us),
        to_text(final_order_us),
    )


def _lines(*columns: Iterable[object]) -> Iterator[str]:
    for row in zip(*columns, strict=True):
        yield "\t".join([_NULL if value is None else str(value) for value in row]) + "\n"


def _money(cents: np.ndarray) -> list[str]:
    return [f"{amount // 100}.{amount % 100:02d}" for amount in cents.tolist()]
