"""Transactions: a batch of changes as SQL, committed together with the instant the shop's clock reaches."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, LiteralString

import psycopg

from simulator.change import Change, Kind
from simulator.instants import NEVER_US, to_datetime
from simulator.names import Names

# Rows of orders, then of customers, that were inserted, updated and deleted; then kinds of updates of orders.
COUNTERS = (
    *("orders", "updates", "deletes", "customers", "merges", "erasures"),
    *("partial_refunds", "refunds", "cancellations", "moves"),
)

# Each kind's statements, with the counters that count the rows they change.
_STATEMENTS: dict[Kind, dict[LiteralString, tuple[str, ...]]] = {
    Kind.REVEAL: {"INSERT INTO truth.customers VALUES (%s, %s, %s, %s, %s, %s, %s, %s)": ()},
    Kind.OPEN: {
        "INSERT INTO customers (id, email, name, created_at) VALUES (%s, %s, %s, %s)": ("customers",)
    },
    Kind.PLACE: {
        "INSERT INTO orders (id, customer_id, status, total, placed_at) VALUES (%s, %s, 'pending', %s, %s)": (
            "orders",
        )
    },
    Kind.PAY: {"UPDATE orders SET status = 'paid' WHERE id = %s": ("updates",)},
    Kind.SHIP: {"UPDATE orders SET status = 'shipped' WHERE id = %s": ("updates",)},
    Kind.CANCEL: {"UPDATE orders SET status = 'cancelled' WHERE id = %s": ("updates", "cancellations")},
    Kind.REFUND_PART: {"UPDATE orders SET refunded = %s WHERE id = %s": ("updates", "partial_refunds")},
    Kind.REFUND_ALL: {
        "UPDATE orders SET status = 'refunded', refunded = total WHERE id = %s": ("updates", "refunds")
    },
    Kind.MERGE: {
        "UPDATE orders SET customer_id = %s WHERE customer_id = %s": ("updates", "moves"),
        "UPDATE customers SET merged_into = %s WHERE id = %s": ("merges",),
    },
    Kind.ERASE: {
        "DELETE FROM orders WHERE customer_id IN (%s, %s)": ("deletes",),
        "DELETE FROM customers WHERE id IN (%s, %s)": ("erasures",),
    },
}


def commit(
    connection: psycopg.Connection, batch: Iterable[Change], clock_us: int, names: Names
) -> Counter[str]:
    """Make a batch of changes and set the shop's clock, in one transaction; return the rows changed.

    Changes of a kind are sent together, which is sound: changes of different people commute, and those of one
    person at one instant happen in the order of their kinds.
    """
    counts: Counter[str] = Counter()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("UPDATE truth.clock SET shop_time = %s", [to_datetime(clock_us)])
        by_kind = attrgetter("kind")
        for kind, of_kind in groupby(sorted(batch, key=by_kind), by_kind):
            rows = [_parameters(change, names) for change in of_kind]
            for statement, counters in _STATEMENTS[kind].items():
                cursor.executemany(statement, rows)
                counts.update(dict.fromkeys(counters, cursor.rowcount))
    return counts


def _parameters(change: Change, names: Names) -> tuple[Any, ...]:
    """Turn a change's values into its statements' parameters."""
    match change.kind, change.values:
        case Kind.REVEAL, (account_id, guest_id, *rates, arrived_us, dropout_us, final_us):
            final = None if final_us == NEVER_US else to_datetime(final_us)
            return (
                account_id,
                guest_id or None,
                *rates,
                to_datetime(arrived_us),
                to_datetime(dropout_us),
                final,
            )
        case Kind.OPEN, (id_, person):
            return id_, *names.of(person), to_datetime(change.at_us)
        case Kind.PLACE, (id_, customer_id, cents):
            return id_, customer_id, Decimal(cents).scaleb(-2), to_datetime(change.at_us)
        case Kind.REFUND_PART, (id_, cents):
            return Decimal(cents).scaleb(-2), id_
        case _, values:
            return values
