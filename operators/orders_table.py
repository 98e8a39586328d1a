"""The orders' table."""

from typing import Any

from operators import reject
from operators.chunk import Record
from operators.form import Column, RowChange
from operators.money import Rates
from operators.order import Change, OrderChange, OrderFacts, OrderRowChange
from operators.reject import UnusableError
from operators.shop import Orders, Shop
from operators.table import (
    Table,
    cents_of,
    is_marked,
    key_of,
    moment_of,
    optional,
    reader_of,
    refuse_unavailable,
)


def orders_table(shop: Shop, rates: Rates) -> Table:
    """Return the table of orders: its changes go to the customer, or to where an order is put together."""
    orders = shop.orders
    id_, customer = Column("id", orders.id, "key"), Column("customer", orders.customer, "key")
    placed_at = Column("placed_at", orders.placed_at, "instant")
    after = [id_, customer, placed_at, *optional(status=orders.status, kind="text")]
    after += optional(total=orders.total, refunded=orders.refunded, kind="amount")
    after += optional(currency=orders.currency, kind="text") + optional(deleted=orders.deleted, kind="mark")
    before = [id_] if shop.assembles_orders else [id_, customer, placed_at]
    reader = reader_of(shop, after, before, unit=orders.unit, scale=orders.scale)
    facts = _Facts(orders, rates)
    return Table(reader, _RowMeaning(facts) if shop.assembles_orders else _OrderMeaning(facts, rates))


class _Facts:
    """Reads an order's row."""

    def __init__(self, orders: Orders, rates: Rates) -> None:
        self._status, self._counted = orders.status is not None, orders.counted
        self._total, self._refunded = orders.total is not None, orders.refunded is not None
        self._currency, self._deleted = orders.currency is not None, orders.deleted is not None
        self._rates = rates

    def of(self, change: RowChange) -> OrderFacts | None:
        """Return what the row says now; None where it is marked as deleted."""
        row = change.after
        if self._deleted and is_marked(row.deleted):
            return None
        placed_at_us = moment_of(change, "placed_at", row.placed_at)
        # A checkout may set the status first, and the instant with its next statement.
        is_placed = placed_at_us is not None or "placed_at" in change.unavailable
        counts = is_placed and (not self._status or str(row.status) in self._counted)
        currency = self._rates.main
        if self._currency and "currency" not in change.unavailable:
            currency = "" if row.currency is None else str(row.currency).strip().upper()
            if counts and currency != self._rates.main:
                self._rates.convert(0, currency)  # is there a rate?
        return OrderFacts(
            None if row.customer is None else key_of(row.customer),
            placed_at_us,
            counts,
            cents_of(change, "total", row.total, required=counts) if self._total else 0,
            cents_of(change, "refunded", row.refunded, required=False) if self._refunded else 0,
            currency,
        )


class _OrderMeaning:
    """Where a change says all of an order: it goes to its customer."""

    def __init__(self, facts: _Facts, rates: Rates) -> None:
        self._facts = facts
        self._rates = rates

    def __call__(self, record: Record, change: RowChange) -> list[Change]:
        before, after = change.before, change.after
        if before is None and change.operation in {"u", "d"}:
            msg = "no before image: the orders table needs REPLICA IDENTITY FULL"
            raise UnusableError(reject.BEFORE_IMAGE, msg)
        refuse_unavailable(change)
        changes: list[Change] = []
        is_same = before is not None and after is not None
        is_same = is_same and (before.customer, before.id) == (after.customer, after.id)
        if before is not None and before.customer is not None and not is_same:
            placed_at_us = moment_of(change, "placed_at", before.placed_at)
            changes.append(_gone(record, change, before, placed_at_us))
        if after is not None and after.customer is not None:
            was_us = moment_of(change, "placed_at", before.placed_at) if is_same else None
            changes.append(self._placed(record, change, was_us))
        return changes

    def _placed(self, record: Record, change: RowChange, was_us: int | None) -> OrderChange:
        facts, row = self._facts.of(change), change.after
        if facts is None or facts.customer_id is None:
            return _gone(record, change, row, moment_of(change, "placed_at", row.placed_at))
        cents = 0
        if facts.has_counted_status:
            convert, currency = self._rates.convert, facts.currency
            cents = convert(facts.total_cents, currency)
            if facts.refunded_cents:
                cents -= convert(facts.refunded_cents, currency)
        return OrderChange(
            facts.customer_id,
            key_of(row.id),
            change.version,
            facts.placed_at_us,
            cents,
            facts.has_counted_status and not facts.is_refund,
            record,
            was_us,
        )


def _gone(record: Record, change: RowChange, row: Any, placed_at_us: int | None) -> OrderChange:
    """Return what the customer of a row must know once the order is not theirs any more."""
    return OrderChange(
        key_of(row.customer), key_of(row.id), change.version, placed_at_us, 0, counted=False, record=record
    )


class _RowMeaning:
    """Where other rows say more of an order: it goes to where they meet."""

    def __init__(self, facts: _Facts) -> None:
        self._facts = facts

    def __call__(self, record: Record, change: RowChange) -> list[Change]:
        if change.after is None:
            if change.before is None:
                raise UnusableError(reject.BEFORE_IMAGE, "a delete that does not say of which order")
            return [OrderRowChange(key_of(change.before.id), change.version, None, frozenset(), record)]
        facts = self._facts.of(change)
        return [OrderRowChange(key_of(change.after.id), change.version, facts, change.unavailable, record)]
