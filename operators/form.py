"""The two forms of a change: Debezium's own envelope, and the row alone.

https://debezium.io/documentation/reference/stable/connectors/postgresql.html (data change events)
https://debezium.io/documentation/reference/stable/transformations/event-flattening.html
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct, defstruct

from operators import reject
from operators.chunk import Record
from operators.encoding import Encoding
from operators.reject import UnusableError

UNAVAILABLE = "__debezium_unavailable_value"
UNAVAILABLE_BYTES = UNAVAILABLE.encode()

T = TypeVar("T")
Key = int | str
Lsn = Annotated[int, Meta(ge=0, lt=2**62)]  # twice an LSN is a version, and that fits eight bytes


class Column(NamedTuple):
    """A column that is read: what we call it, what the shop calls it, and what stands in it."""

    attribute: str
    name: str
    kind: Literal["key", "text", "amount", "instant", "mark"]


Encodings = dict[str, Encoding]


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


_flat_decoder = msgspec.json.Decoder(_Flat)


class Full:
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
        """Return the change, or raise UnusableError."""
        unavailable: frozenset[str] = frozenset()
        if UNAVAILABLE_BYTES in value:
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


class Flattened:
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
        """Return the change, or raise UnusableError."""
        flat = parse(_flat_decoder, value)
        lsn = record.offset if self._is_by_offset else flat.lsn
        version = version_of(_lsn(flat) if lsn is None else lsn, flat.op)
        if flat.deleted == "true":
            return RowChange("d", version, parse(self._was, value), None, self._encodings)
        unavailable: frozenset[str] = frozenset()
        if UNAVAILABLE_BYTES in value:
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
