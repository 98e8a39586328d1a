"""Debezium's bytes to the change of one row.

Only the columns that are used are decoded, once, into structs made for the shop's tables.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from operators import reject
from operators.chunk import Record
from operators.encoding import ColumnSchema, Encoding
from operators.form import Column, Flattened, Full, RowChange, parse
from operators.reject import UnusableError
from operators.shop import Connector

VALUE_BYTES_MAX = 1_000_000
SCHEMAS_KEPT = 64

EncodingOf = Callable[[Column, ColumnSchema | None], Encoding]
"""How a column is written: as the schema says, None where the message has none."""


class _Wrapped(Struct, gc=False):
    """A message that carries its schema."""

    schema: Raw
    payload: Raw


class _Other(Struct):
    """What tells a message that is no row's change."""

    op: str | None = None
    status: str | None = None
    ts_ms: Any = None
    source: Any = None


_wrapped_decoder = msgspec.json.Decoder(_Wrapped)
_schema_decoder = msgspec.json.Decoder(ColumnSchema)
_other_decoder = msgspec.json.Decoder(_Other)


class Reader:
    """Reads one table's changes.

    :arg after: the columns that are read of a row as it is now.
    :arg before: those that are read of it as it was, or of a deleted one.
    """

    def __init__(
        self, connector: Connector, after: Iterable[Column], before: Iterable[Column], encoding_of: EncodingOf
    ) -> None:
        self._connector = connector
        self._columns = (tuple(after), tuple(before))
        self._encoding_of = encoding_of
        self._plain = self._form({})
        self._form_of_schema = lru_cache(SCHEMAS_KEPT)(self._form_of)

    def read(self, record: Record, value: bytes) -> RowChange | None:
        """Return the change; None for a message that is none, as a transaction's bounds are.

        Raises UnusableError, whatever stands in the bytes, and nothing else.
        """
        if len(value) > VALUE_BYTES_MAX:
            raise UnusableError(reject.TOO_LARGE, f"{len(value)} bytes, at most {VALUE_BYTES_MAX} are read")
        form = self._plain
        if value.startswith(b'{"schema":'):
            wrapped = parse(_wrapped_decoder, value)
            form, value = self._form_of_schema(bytes(wrapped.schema)), bytes(wrapped.payload)
        try:
            change = form.read(record, value)
            return None if change.operation == "m" else change
        except UnusableError as unusable:
            if unusable.reason == reject.MISSING_FIELD and is_no_change(value):
                return None
            raise

    def _form_of(self, schema: bytes) -> Full | Flattened:
        root = parse(_schema_decoder, schema)
        fields = {part.field: part for part in root.fields}
        row = fields.get("after", root)
        try:
            return self._form({part.field: part for part in row.fields})
        except ValueError as error:  # a scale that is no number
            raise UnusableError(reject.INVALID_FIELD, f"the message's schema: {error}") from None

    def _form(self, schemas: dict[str, ColumnSchema]) -> Full | Flattened:
        after, before = self._columns
        encodings = {
            column.attribute: self._encoding_of(column, schemas.get(column.name))
            for column in {*after, *before}
        }
        if self._connector.envelope == "full":
            return Full(after, before, encodings)
        return Flattened(after, before, encodings, self._connector.version)


def is_no_change(value: bytes) -> bool:
    """Return whether it is a logical message, a transaction's bounds or the connector's own heartbeat.

    Debezium writes these to topics of their own; a router may bring them together with the changes.
    """
    try:
        other = _other_decoder.decode(value)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return False
    is_bounds = other.status in {"BEGIN", "END"} and other.op is None
    is_tick = other.ts_ms is not None and other.op is None and other.source is None
    return other.op == "m" or is_bounds or is_tick
