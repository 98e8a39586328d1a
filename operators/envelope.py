"""Debezium's bytes to order changes, heartbeats or rejects.

The envelope is described at https://debezium.io/documentation/reference/stable/connectors/postgresql.html
(data change events). Only the fields that are used are decoded, once, into typed structs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from operators import reject
from operators.chunk import Chunk, Record
from operators.clock import Heartbeat, Progress
from operators.order import OrderChange, to_cents, to_us, version_of
from operators.reject import Reject

VALUE_BYTES_MAX = 1_000_000

T = TypeVar("T")
Instant = Annotated[datetime, Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Shop:
    """What the flow must know of the shop: topics, the statuses that count as a purchase, its currency."""

    orders_topic: str
    heartbeat_topic: str
    counted_statuses: frozenset[str]
    currency: str


class Batch(Struct, frozen=True, gc=False):
    """A chunk, decoded."""

    source: str
    changes: list[OrderChange]
    rejects: list[Reject]
    progress: Progress


class _OrderBefore(Struct, gc=False):
    """An order's row before the change: only who and when; its amounts were known already."""

    id: int | str
    customer_id: int | str
    placed_at: Instant


class _OrderAfter(Struct, gc=False):
    """An order's row after the change."""

    id: int | str
    customer_id: int | str
    status: str
    total: str
    refunded: str
    currency: str
    placed_at: Instant


class _Source(Struct, gc=False):
    lsn: Annotated[int, Meta(ge=0, lt=2**62)]  # twice an LSN is a version, and that fits eight bytes


class _OrderEnvelope(Struct, gc=False):
    op: str
    source: _Source
    before: _OrderBefore | None = None
    after: _OrderAfter | None = None


class _HeartbeatRow(Struct, gc=False):
    shop_time: Instant


class _HeartbeatEnvelope(Struct, gc=False):
    op: str
    after: _HeartbeatRow | None = None


class _Unusable(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, reason: str, error: str) -> None:
        super().__init__(error)
        self.reason = reason


_order_decoder = msgspec.json.Decoder(_OrderEnvelope)
_heartbeat_decoder = msgspec.json.Decoder(_HeartbeatEnvelope)


def decode(chunk: Chunk, shop: Shop) -> Batch:
    """Return the chunk's order changes, its heartbeat and its rejects.

    Whatever stands in a record, decoding it never raises: what cannot be used becomes a reject.
    """
    changes: list[OrderChange] = []
    rejects: list[Reject] = []
    time_us: int | None = None
    is_heartbeat = chunk.topic == shop.heartbeat_topic
    for record in chunk.records:
        if record.value is None:  # a tombstone: for compaction, no change of its own
            continue
        try:
            if is_heartbeat:
                time_us = _heartbeat_us(record.value) or time_us
            else:
                changes.extend(_order_changes(record, record.value, shop))
        except _Unusable as unusable:
            rejects.append(Reject(unusable.reason, str(unusable), chunk.source, record))
    heartbeat = None
    if time_us is not None and chunk.ends is not None:
        # The heartbeat's own partition has been read to it; what follows there says nothing about the orders.
        heartbeat = Heartbeat(
            time_us, {source: end for source, end in chunk.ends.items() if source != chunk.source}
        )
    return Batch(chunk.source, changes, rejects, Progress(chunk.source, chunk.position, heartbeat))


def _order_changes(record: Record, value: bytes, shop: Shop) -> Iterator[OrderChange]:
    envelope = _parse(_order_decoder, value)
    before, after = envelope.before, envelope.after
    version = version_of(envelope.source.lsn, envelope.op)
    match envelope.op:
        case "c" | "r" if after is not None:
            yield _placed(record, after, version, shop)
        case "u" if after is not None and before is not None:
            is_same = (before.customer_id, before.id) == (after.customer_id, after.id)
            placed = _placed(record, after, version, shop, before if is_same else None)
            if not is_same:
                yield _removed(record, before, version)
            yield placed
        case "d" if before is not None:
            yield _removed(record, before, version)
        case "u" | "d":
            raise _Unusable(
                reject.BEFORE_IMAGE, "no before image: the orders table needs REPLICA IDENTITY FULL"
            )
        case "t":
            raise _Unusable(reject.TRUNCATE, "the orders table was truncated: rebuild from a new snapshot")
        case operation:
            raise _Unusable(reject.UNKNOWN_OPERATION, f"operation {operation!r} carries no usable row")


def _placed(
    record: Record, after: _OrderAfter, version: int, shop: Shop, before: _OrderBefore | None = None
) -> OrderChange:
    if after.currency != shop.currency:
        raise _Unusable(reject.CURRENCY, f"currency {after.currency!r}, the shop's is {shop.currency!r}")
    try:
        cents = to_cents(after.total) - to_cents(after.refunded)
    except ValueError as error:
        raise _Unusable(reject.AMOUNT, str(error)) from None
    return OrderChange(
        str(after.customer_id),
        str(after.id),
        version,
        to_us(after.placed_at),
        cents,
        after.status in shop.counted_statuses,
        record,
        None if before is None else to_us(before.placed_at),
    )


def _removed(record: Record, before: _OrderBefore, version: int) -> OrderChange:
    return OrderChange(
        str(before.customer_id),
        str(before.id),
        version,
        to_us(before.placed_at),
        0,
        counted=False,
        record=record,
    )


def _heartbeat_us(value: bytes) -> int | None:
    """Return the shop's time; None for a row read by the snapshot, which is not in the order of the log."""
    envelope = _parse(_heartbeat_decoder, value)
    if envelope.after is None or envelope.op == "r":
        return None
    return to_us(envelope.after.shop_time)


def _parse(decoder: msgspec.json.Decoder[T], value: bytes) -> T:
    if len(value) > VALUE_BYTES_MAX:
        raise _Unusable(reject.TOO_LARGE, f"{len(value)} bytes, at most {VALUE_BYTES_MAX} are read")
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise _Unusable(reject.MISSING_FIELD if missing else reject.INVALID_FIELD, str(error)) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _Unusable(reject.MALFORMED, str(error) or "not JSON") from None
