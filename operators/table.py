"""The shop's tables: what a change of one of their rows means."""

from collections.abc import Callable, Iterator
from typing import Any

from operators import reject
from operators.chunk import Record
from operators.encoding import ColumnSchema, Encoding, amount_of, amounts, instant_of, instants
from operators.envelope import Column, Key, Reader, RowChange
from operators.money import Rates
from operators.order import AdjustmentChange, Change, CustomerChange, OrderChange, OrderFacts, OrderRowChange
from operators.reject import UnusableError
from operators.shop import Adjustments, Customers, Orders, Shop

Meaning = Callable[[Record, RowChange], Iterator[Change]]
"""What follows from one row's change."""


class Table:
    """A table: its columns, and what its changes mean."""

    def __init__(self, reader: Reader, meaning: Meaning) -> None:
        self._reader = reader
        self._meaning = meaning

    def changes(self, record: Record, value: bytes) -> list[Change] | None:
        """Return what a record changes; None where it is no row's change. Raises UnusableError."""
        change = self._reader.read(record, value)
        if change is None:
            return None
        if change.operation == "t":
            raise UnusableError(reject.TRUNCATE, "the table was truncated: rebuild from a new snapshot")
        if change.operation not in {"c", "r", "u", "d"} or (change.after is None) != (
            change.operation == "d"
        ):
            msg = f"operation {change.operation[:40]!r} carries no usable row"
            raise UnusableError(reject.UNKNOWN_OPERATION, msg)
        return list(self._meaning(record, change))


def tables_of(shop: Shop) -> dict[str, Table]:
    """Return the shop's tables by topic, the heartbeat's left out."""
    rates = Rates(shop.money.currency, shop.money.rates)
    found = {shop.orders.table: _orders(shop, rates)}
    if shop.customers is not None:
        found[shop.customers.table] = _customers(shop, shop.customers)
    for number, adjustments in enumerate(shop.adjustments):
        found[adjustments.table] = _adjustments(shop, adjustments, number)
    return {shop.topic(name): table for name, table in found.items()}


def heartbeat_reader(shop: Shop) -> Reader:
    """Return what reads the heartbeat table's `time`."""
    return _reader(shop, [Column("time", shop.heartbeat.time, "instant")], [])


def _reader(
    shop: Shop,
    after: list[Column],
    before: list[Column],
    *,
    unit: str | None = None,
    scale: int | None = None,
) -> Reader:
    zone = shop.calendar.time_zone

    def encoding_of(column: Column, schema: ColumnSchema | None) -> Encoding:
        match column.kind:
            case "amount":
                return amounts(shop.connector.decimals, scale) if schema is None else amount_of(schema)
            case "instant":
                return instants(unit, zone) if schema is None else instant_of(schema, zone)
            case "mark":
                return Encoding(Any, bool)
        return Encoding(Key, int)

    return Reader(shop.connector, after, before, encoding_of)


def _orders(shop: Shop, rates: Rates) -> Table:
    orders = shop.orders
    id_, customer = Column("id", orders.id, "key"), Column("customer", orders.customer, "key")
    placed_at = Column("placed_at", orders.placed_at, "instant")
    after = [id_, customer, Column("status", orders.status, "text"), placed_at]
    after += _optional(total=orders.total, refunded=orders.refunded, kind="amount")
    after += _optional(currency=orders.currency, kind="text") + _optional(deleted=orders.deleted, kind="mark")
    before = [id_] if shop.assembles_orders else [id_, customer, placed_at]
    reader = _reader(shop, after, before, unit=orders.unit, scale=orders.scale)
    facts = _Facts(orders, rates)
    return Table(reader, _RowMeaning(facts) if shop.assembles_orders else _OrderMeaning(facts, rates))


class _Facts:
    """Reads an order's row."""

    def __init__(self, orders: Orders, rates: Rates) -> None:
        self._counted = orders.counted
        self._total, self._refunded = orders.total is not None, orders.refunded is not None
        self._currency, self._deleted = orders.currency is not None, orders.deleted is not None
        self._rates = rates

    def of(self, change: RowChange) -> OrderFacts | None:
        """Return what the row says now; None where it is marked as deleted."""
        row = change.after
        if self._deleted and row.deleted is not None:
            return None
        currency = self._rates.main
        if self._currency and "currency" not in change.unavailable:
            currency = "" if row.currency is None else str(row.currency).strip().upper()
            _checked(reject.CURRENCY, self._rates.convert, 0, currency)
        counts = str(row.status) in self._counted
        placed_at_us = _instant(change, "placed_at", row.placed_at)
        if counts and placed_at_us is None and "placed_at" not in change.unavailable:
            raise UnusableError(reject.INVALID_FIELD, "placed_at is null although the status counts")
        return OrderFacts(
            None if row.customer is None else str(row.customer),
            placed_at_us,
            counts,
            _cents(change, "total", row.total, required=counts) if self._total else 0,
            _cents(change, "refunded", row.refunded, required=False) if self._refunded else 0,
            currency,
        )


class _OrderMeaning:
    """Where a change says all of an order: it goes to its customer."""

    def __init__(self, facts: _Facts, rates: Rates) -> None:
        self._facts = facts
        self._rates = rates

    def __call__(self, record: Record, change: RowChange) -> Iterator[Change]:
        before, after = change.before, change.after
        if before is None and change.operation in {"u", "d"}:
            msg = "no before image: the orders table needs REPLICA IDENTITY FULL"
            raise UnusableError(reject.BEFORE_IMAGE, msg)
        if change.unavailable:
            msg = f"{', '.join(sorted(change.unavailable))} was not sent: REPLICA IDENTITY FULL sends it"
            raise UnusableError(reject.UNAVAILABLE_VALUE, msg)
        placed: OrderChange | None = None
        if after is not None and after.customer is not None:
            is_same = before is not None and (before.customer, before.id) == (after.customer, after.id)
            was_us = _instant(change, "placed_at", before.placed_at) if is_same else None
            placed = self._placed(record, change, was_us)
            before = None if is_same else before
        if before is not None and before.customer is not None:
            yield OrderChange(
                str(before.customer),
                _key(before.id),
                change.version,
                _instant(change, "placed_at", before.placed_at),
                0,
                counted=False,
                record=record,
            )
        if placed is not None:
            yield placed

    def _placed(self, record: Record, change: RowChange, was_us: int | None) -> OrderChange:
        facts, row = self._facts.of(change), change.after
        order_id, customer_id = _key(row.id), str(row.customer)
        if facts is None:
            return OrderChange(customer_id, order_id, change.version, None, 0, counted=False, record=record)
        cents = self._rates.convert(facts.total_cents, facts.currency)
        cents -= self._rates.convert(facts.refunded_cents, facts.currency)
        return OrderChange(
            customer_id,
            order_id,
            change.version,
            facts.placed_at_us,
            cents if facts.has_counted_status else 0,
            facts.has_counted_status and not facts.is_refund,
            record,
            was_us,
        )


class _RowMeaning:
    """Where other rows say more of an order: it goes to where they meet."""

    def __init__(self, facts: _Facts) -> None:
        self._facts = facts

    def __call__(self, record: Record, change: RowChange) -> Iterator[Change]:
        if change.after is None:
            if change.before is None:
                raise UnusableError(reject.BEFORE_IMAGE, "a delete that does not say of which order")
            yield OrderRowChange(_key(change.before.id), change.version, None, frozenset(), record)
            return
        order_id = _key(change.after.id)
        yield OrderRowChange(order_id, change.version, self._facts.of(change), change.unavailable, record)


def _customers(shop: Shop, customers: Customers) -> Table:
    id_ = Column("id", customers.id, "key")
    merged_into = _optional(merged_into=customers.merged_into, kind="key")
    deleted = _optional(deleted=customers.deleted, kind="mark")

    def meaning(record: Record, change: RowChange) -> Iterator[Change]:
        row = change.after
        if row is None or (deleted and row.deleted is not None):
            gone = row or change.before
            if gone is None:
                raise UnusableError(reject.BEFORE_IMAGE, "a delete that does not say of which customer")
            yield CustomerChange(_key(gone.id), change.version, None, True, record)
        elif merged_into:
            customer_id, into = _key(row.id), row.merged_into
            into = None if into is None or str(into) == customer_id else str(into)
            yield CustomerChange(customer_id, change.version, into, False, record)

    return Table(_reader(shop, [id_, *merged_into, *deleted], [id_]), meaning)


def _adjustments(shop: Shop, adjustments: Adjustments, number: int) -> Table:
    id_, order = Column("id", adjustments.id, "key"), Column("order", adjustments.order, "key")
    after = [id_, order, Column("amount", adjustments.amount, "amount")]
    after += _optional(status=adjustments.status, kind="text")
    after += _optional(deleted=adjustments.deleted, kind="mark")
    sign = 1 if adjustments.effect == "add" else -1

    def cents_of(change: RowChange) -> int:
        row = change.after
        if adjustments.deleted is not None and row.deleted is not None:
            return 0
        counts = adjustments.status is None or str(row.status) in adjustments.counted
        cents = _cents(change, "amount", row.amount, required=counts)
        return sign * cents if counts else 0

    def meaning(record: Record, change: RowChange) -> Iterator[Change]:
        before, after = change.before, change.after
        if change.unavailable:
            msg = f"{', '.join(sorted(change.unavailable))} was not sent: REPLICA IDENTITY FULL sends it"
            raise UnusableError(reject.UNAVAILABLE_VALUE, msg)
        if after is None and (before is None or before.order is None):
            msg = (
                f"a delete that does not say of which order: {adjustments.table} needs REPLICA IDENTITY FULL"
            )
            raise UnusableError(reject.BEFORE_IMAGE, msg)
        cents = 0 if after is None else cents_of(change)
        if before is not None and before.order is not None and (after is None or before.order != after.order):
            yield AdjustmentChange(
                str(before.order), f"{number}/{_key(before.id)}", change.version, 0, record
            )
        if after is not None and after.order is not None:
            yield AdjustmentChange(
                str(after.order), f"{number}/{_key(after.id)}", change.version, cents, record
            )

    return Table(_reader(shop, after, [id_, order], scale=adjustments.scale), meaning)


def _optional(*, kind: Any, **names: str | None) -> list[Column]:
    return [Column(attribute, name, kind) for attribute, name in names.items() if name is not None]


def _key(value: Key | None) -> str:
    if value is None:
        raise UnusableError(reject.INVALID_FIELD, "id is null")
    return str(value)


def _cents(change: RowChange, attribute: str, value: Any, *, required: bool) -> int:
    if value is None:
        if required and attribute not in change.unavailable:
            raise UnusableError(reject.INVALID_FIELD, f"{attribute} is null although the status counts")
        return 0
    return _checked(reject.AMOUNT, change.encodings[attribute].read, value)


def _instant(change: RowChange, attribute: str, value: Any) -> int | None:
    return None if value is None else _checked(reject.INVALID_FIELD, change.encodings[attribute].read, value)


def _checked(reason: str, read: Callable[..., int], *arguments: Any) -> int:
    try:
        return read(*arguments)
    except ValueError as error:
        raise UnusableError(reason, str(error)) from None
