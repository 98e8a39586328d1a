"""One table: its columns, and what its changes mean."""

from collections.abc import Callable
from typing import Any

from operators import reject
from operators.alert_body import KEY_BYTES_MAX
from operators.chunk import Record
from operators.encoding import ColumnSchema, Encoding, amount_of, amounts, instant_of, instants
from operators.envelope import Reader
from operators.form import Column, Key, RowChange
from operators.order import WAY, Change
from operators.reject import REASONS, UnusableError
from operators.shop import Shop

Meaning = Callable[[Record, RowChange], list[Change]]
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
            raise UnusableError(
                reject.TRUNCATE, "the table was truncated: start over with python -m dataflows.rebuild"
            )
        if change.operation not in {"c", "r", "u", "d"} or (change.after is None) != (
            change.operation == "d"
        ):
            msg = f"operation {change.operation[:40]!r} carries no usable row"
            raise UnusableError(reject.UNKNOWN_OPERATION, msg)
        try:
            return self._meaning(record, change)
        except ValueError as error:
            raise UnusableError(REASONS.get(type(error), reject.INVALID_FIELD), str(error)) from None


def reader_of(
    shop: Shop,
    after: list[Column],
    before: list[Column],
    *,
    unit: str | None = None,
    scale: int | None = None,
) -> Reader:
    """Return what reads a table of this shop; `unit` and `scale` as the shop file gives them."""
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


def optional(*, kind: Any, **names: str | None) -> list[Column]:
    """Return a column for each name that the shop file gives."""
    return [Column(attribute, name, kind) for attribute, name in names.items() if name is not None]


def key_of(value: Key | None) -> str:
    """Return an id as text, whatever its type in the shop."""
    if value is None:
        raise UnusableError(reject.INVALID_FIELD, "id is null")
    key = str(value)
    if len(key.encode(errors="replace")) > KEY_BYTES_MAX or "\0" in key or WAY in key:
        msg = f"id {key[:40]!r} has over {KEY_BYTES_MAX} bytes, or one that Postgres or a way has not"
        raise UnusableError(reject.INVALID_FIELD, msg)
    return key


def refuse_unavailable(change: RowChange) -> None:
    """Raise UnusableError where a value that is read was not sent again and nobody has kept it."""
    if change.unavailable:
        msg = f"{', '.join(sorted(change.unavailable))} was not sent: REPLICA IDENTITY FULL sends it"
        raise UnusableError(reject.UNAVAILABLE_VALUE, msg)


def is_marked(value: Any) -> bool:
    """Return whether a column says that its row counts as deleted: an instant, or a flag that is set."""
    return value is not None and value is not False


def cents_of(change: RowChange, attribute: str, value: Any, *, required: bool) -> int:
    """Return an amount; null is nothing, unless an amount is `required`."""
    if value is not None:
        return change.encodings[attribute].read(value)
    if required and attribute not in change.unavailable:
        raise UnusableError(reject.INVALID_FIELD, f"{attribute} is null although the status counts")
    return 0


def moment_of(change: RowChange, attribute: str, value: Any) -> int | None:
    """Return an instant in microseconds, None for null."""
    return None if value is None else change.encodings[attribute].read(value)
