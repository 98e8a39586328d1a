"""Debezium's bytes to the change of one row.

The envelope is described at https://debezium.io/documentation/reference/stable/connectors/postgresql.html
(data change events), its flattened form at
https://debezium.io/documentation/reference/stable/transformations/event-flattening.html. Only the columns
that are used are decoded, once, into structs made for the shop's tables.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct, defstruct

from operators import reject
from operators.chunk import Record
from operators.encoding import ColumnSchema, Encoding
from operators.reject import UnusableError
from operators.shop import Connector

VALUE_BYTES_MAX = 1_000_000
SCHEMAS_KEPT = 64
UNAVAILABLE = "__debezium_unavailable_value"

T = TypeVar("T")
Key = int | str
Lsn = Annotated[int, Meta(ge=0, lt=2**62)]  # twice an LSN is a version, and that fits eight bytes


class Column(NamedTuple):
    """A column that is read: what we call it, what the shop calls it, and what stands in it."""

    attribute: str
    name: str
    kind: Literal["key", "text", "amount", "instant", "mark"]


Encodings = dict[str, Encoding]
EncodingOf = Callable[[Column, ColumnSchema | None], Encoding]
"""How a column is written: as the schema says, None where the message has none."""


class RowChange(NamedTuple):
    """The change of one row; None stands for SQL's null.

    `operation`: c, r, u, d or t. `unavailable`: the columns whose value the log does not repeat, because it
    is large and has not changed; they are None in `after`.
    """

    operation: str
    version: int
    before: Any
    after: Any
    encodings: Encodings
    unavailable: frozenset[str] = frozenset()


class _Source(Struct, gc=False):
    lsn: Lsn | None
    sequence: str | None = None


class _Flat(Struct, gc=False):
    """What ExtractNewRecordState adds to a row."""

    op: str = msgspec.field(name="__op")
    deleted: str = msgspec.field(name="__deleted", default="false")
    lsn: Lsn | None = msgspec.field(name="__lsn", default=None)
    sequence: str | None = msgspec.field(name="__source_sequence", default=None)


class _Wrapped(Struct, gc=False):
    """A message that carries its schema."""

    schema: Raw
    payload: Raw


class _Other(Struct):
    """What tells a message that is no row's change."""

    op: str | None = None
    status: str | None = None
    event_count: Any = None
    ts_ms: Any = None
    source: Any = None


_flat_decoder = msgspec.json.Decoder(_Flat)
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

    def _form_of(self, schema: bytes) -> "_Full | _Flattened":
        root = parse(_schema_decoder, schema)
        fields = {part.field: part for part in root.fields}
        row = fields.get("after", root)
        return self._form({part.field: part for part in row.fields})

    def _form(self, schemas: dict[str, ColumnSchema]) -> "_Full | _Flattened":
        after, before = self._columns
        encodings = {
            column.attribute: self._encoding_of(column, schemas.get(column.name))
            for column in {*after, *before}
        }
        if self._connector.envelope == "full":
            return _Full(after, before, encodings)
        return _Flattened(after, before, encodings, self._connector.version)


class _Full:
    """Debezium's own envelope: op, source, before, after."""

    def __init__(self, after: tuple[Column, ...], before: tuple[Column, ...], encodings: Encodings) -> None:
        row, was = _struct("Row", after, encodings), _struct("Before", before, encodings)
        fields: list[tuple[str, Any] | tuple[str, Any, Any]]
        fields = [("op", str), ("source", _Source), ("before", was | None, None), ("after", row | None, None)]
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            defstruct("Envelope", fields, gc=False)
        )
        self._after = after
        self._encodings = encodings

    def read(self, record: Record, value: bytes) -> RowChange:
        unavailable: frozenset[str] = frozenset()
        if UNAVAILABLE.encode() in value:
            value, unavailable = self._filled(value)
        envelope = parse(self._decoder, value)
        source = envelope.source
        version = version_of(_lsn(source) if source.lsn is None else source.lsn, envelope.op)
        return RowChange(envelope.op, version, envelope.before, envelope.after, self._encodings, unavailable)

    def _filled(self, value: bytes) -> tuple[bytes, frozenset[str]]:
        """Return the message with what it does not repeat taken from the before image, and what is left."""
        whole = parse(_any_decoder, value)
        before, after = whole.get("before"), whole.get("after")
        if not isinstance(after, dict):
            return value, frozenset()
        return _without_unavailable(whole, after, before if isinstance(before, dict) else {}, self._after)


class _Flattened:
    """The row alone, with `__op`, `__deleted` and `__lsn`."""

    def __init__(
        self, after: tuple[Column, ...], before: tuple[Column, ...], encodings: Encodings, version: str
    ) -> None:
        self._row: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_struct("Row", after, encodings))
        self._was: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_struct("Before", before, encodings))
        self._after = after
        self._encodings = encodings
        self._is_by_offset = version == "offset"

    def read(self, record: Record, value: bytes) -> RowChange:
        flat = parse(_flat_decoder, value)
        lsn = record.offset if self._is_by_offset else flat.lsn
        version = version_of(_lsn(flat) if lsn is None else lsn, flat.op)
        if flat.deleted == "true":
            return RowChange("d", version, parse(self._was, value), None, self._encodings)
        unavailable: frozenset[str] = frozenset()
        if UNAVAILABLE.encode() in value:
            whole = parse(_any_decoder, value)
            value, unavailable = _without_unavailable(whole, whole, {}, self._after)
        return RowChange(flat.op, version, None, parse(self._row, value), self._encodings, unavailable)


def _lsn(source: _Source | _Flat) -> int:
    """Return the LSN of a row that an incremental snapshot has read: it stands in `sequence` only."""
    try:
        _, lsn = _sequence_decoder.decode(source.sequence or "")
    except msgspec.DecodeError:
        msg = "no LSN: have a flattening transform add the fields op, lsn and source.sequence"
        raise UnusableError(reject.MISSING_FIELD, msg) from None
    return lsn


_sequence_decoder = msgspec.json.Decoder(tuple[Any, Lsn], strict=False)  # ["…","…"]: numbers as strings
_any_decoder = msgspec.json.Decoder(dict[str, Any])


def _without_unavailable(
    whole: dict[str, Any], row: dict[str, Any], before: dict[str, Any], columns: Iterable[Column]
) -> tuple[bytes, frozenset[str]]:
    """Return the message anew, unavailable columns taken from `before`; else they are null, and named."""
    left = set()
    for column in columns:
        if row.get(column.name) == UNAVAILABLE:
            row[column.name] = before.get(column.name)
            if row[column.name] in (None, UNAVAILABLE):
                row[column.name] = None
                left.add(column.attribute)
    return msgspec.json.encode(whole), frozenset(left)


def version_of(lsn: int, operation: str) -> int:
    """Return the version of a change at `lsn`; of equal ones the snapshot's (`r`) is the older."""
    return 2 * lsn + (operation != "r")


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


def parse(decoder: msgspec.json.Decoder[T], value: bytes) -> T:
    """Return the value decoded; UnusableError whatever else stands in it."""
    try:
        return decoder.decode(value)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise UnusableError(reject.MISSING_FIELD if missing else reject.INVALID_FIELD, str(error)) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise UnusableError(reject.MALFORMED, str(error) or "not JSON") from None


def _struct(name: str, columns: Iterable[Column], encodings: Encodings) -> Any:
    """Return a struct type for a row's columns: each must be there, and may be null."""
    fields = [
        (column.attribute, encodings[column.attribute].decoded | None, msgspec.field(name=column.name))
        for column in columns
    ]
    return defstruct(name, fields, gc=False)
