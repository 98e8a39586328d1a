"""The shop's tables by topic."""

from typing import Any

from operators import reject
from operators.chunk import Record
from operators.envelope import Reader
from operators.form import Column, RowChange
from operators.money import Rates
from operators.order import AdjustmentChange, Change, CustomerChange
from operators.orders_table import orders_table
from operators.reject import UnusableError
from operators.shop import Adjustments, Customers, Shop
from operators.table import Table, cents_of, is_marked, key_of, optional, reader_of, refuse_unavailable


def tables_of(shop: Shop) -> dict[str, Table]:
    """Return the shop's tables by topic, the heartbeat's left out."""
    rates = Rates(shop.money.currency, shop.money.rates)
    found = {shop.orders.table: orders_table(shop, rates)}
    if shop.customers is not None:
        found[shop.customers.table] = _customers(shop, shop.customers)
    for number, adjustments in enumerate(shop.adjustments):
        found[adjustments.table] = _adjustments(shop, adjustments, number)
    return {shop.topic(name): table for name, table in found.items()}


def heartbeat_reader(shop: Shop) -> Reader:
    """Return what reads the heartbeat table's `time`."""
    return reader_of(shop, [Column("time", shop.heartbeat.time, "instant")], [])


def _customers(shop: Shop, customers: Customers) -> Table:
    id_ = Column("id", customers.id, "key")
    merged_into = optional(merged_into=customers.merged_into, kind="key")
    deleted = optional(deleted=customers.deleted, kind="mark")

    def meaning(record: Record, change: RowChange) -> list[Change]:
        row = change.after
        if row is None or (deleted and is_marked(row.deleted)):
            gone = row or change.before
            if gone is None:
                raise UnusableError(reject.BEFORE_IMAGE, "a delete that does not say of which customer")
            return [CustomerChange(key_of(gone.id), change.version, None, True, record)]
        if not merged_into:
            return []
        customer_id, into = key_of(row.id), row.merged_into
        into = None if into is None or str(into) == customer_id else key_of(into)
        return [CustomerChange(customer_id, change.version, into, False, record)]

    return Table(reader_of(shop, [id_, *merged_into, *deleted], [id_]), meaning)


def _adjustments(shop: Shop, adjustments: Adjustments, number: int) -> Table:
    id_, order = Column("id", adjustments.id, "key"), Column("order", adjustments.order, "key")
    after = [id_, order, Column("amount", adjustments.amount, "amount")]
    after += optional(status=adjustments.status, kind="text")
    after += optional(deleted=adjustments.deleted, kind="mark")
    sign = 1 if adjustments.effect == "add" else -1

    def value_of(change: RowChange) -> int:
        row = change.after
        if adjustments.deleted is not None and is_marked(row.deleted):
            return 0
        counts = adjustments.status is None or str(row.status) in adjustments.counted
        cents = cents_of(change, "amount", row.amount, required=counts)
        return sign * cents if counts else 0

    def meaning(record: Record, change: RowChange) -> list[Change]:
        before, after = change.before, change.after
        refuse_unavailable(change)
        if after is None and (before is None or before.order is None):
            msg = (
                f"a delete that does not say of which order: {adjustments.table} needs REPLICA IDENTITY FULL"
            )
            raise UnusableError(reject.BEFORE_IMAGE, msg)

        def told(row: Any, cents: int) -> Change:
            return AdjustmentChange(
                key_of(row.order), f"{number}/{key_of(row.id)}", change.version, cents, record
            )

        changes: list[Change] = []
        if before is not None and before.order is not None and (after is None or before.order != after.order):
            changes.append(told(before, 0))
        if after is not None and after.order is not None:
            changes.append(told(after, value_of(change)))
        return changes

    return Table(reader_of(shop, after, [id_, order], scale=adjustments.scale), meaning)
