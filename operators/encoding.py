"""How Debezium writes amounts and instants.

https://debezium.io/documentation/reference/stable/connectors/postgresql.html (data type mappings): where a
message carries its schema, that says it; elsewhere the shop file does. Nothing is guessed from a value's
looks, since base64 and decimal strings, or milliseconds and microseconds, look alike.
"""

import base64
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from operators.instant import to_us
from operators.money import decimal_to_cents, to_cents
from operators.reject import AmountError

PRECISE_BYTES_MAX = 100


class Encoding(NamedTuple):
    """What msgspec decodes a column to, and how that is read, with ValueError: as cents or microseconds."""

    decoded: Any
    read: Callable[[Any], int]


class ScaledDecimal(Struct, gc=False):
    """io.debezium.data.VariableScaleDecimal: an unconstrained numeric under decimal.handling.mode=precise."""

    scale: int
    value: str


def _precise_to_cents(text: str, scale: int) -> int:
    """Read base64 of a big-endian two's complement (org.apache.kafka.connect.data.Decimal)."""
    if len(text) > PRECISE_BYTES_MAX or abs(scale) > PRECISE_BYTES_MAX:
        msg = "amount is out of range"
        raise AmountError(msg)
    try:
        unscaled = int.from_bytes(base64.b64decode(text, validate=True), "big", signed=True)
    except Base64Error as error:
        msg = f"amount {text[:40]!r} is not base64: decimals come in another form than the shop file says"
        raise AmountError(msg) from error
    exact = Decimal(f"{unscaled}e{-scale}")  # unlike scaleb, this never rounds
    return decimal_to_cents(exact, str(exact))


# An integer column comes as a number whatever the mode.
STRING = Encoding(str | int, to_cents)
DOUBLE = Encoding(float | int, to_cents)
VARIABLE_SCALE = Encoding(
    ScaledDecimal | int,
    lambda value: to_cents(value) if isinstance(value, int) else _precise_to_cents(value.value, value.scale),
)


def precise(scale: int | None) -> Encoding:
    """Return the encoding of numerics of a fixed scale; None: of unconstrained ones."""
    if scale is None:
        return VARIABLE_SCALE
    return Encoding(
        str | int,
        lambda value: to_cents(value) if isinstance(value, int) else _precise_to_cents(value, scale),
    )


def amounts(mode: str, scale: int | None) -> Encoding:
    """Return the encoding under a decimal.handling.mode."""
    return {"string": STRING, "double": DOUBLE}.get(mode) or precise(scale)


def _in_calendar(instant_us: int, written: object) -> int:
    """Return the instant; ValueError outside of the years 1 to 9999 of UTC."""
    if not _FIRST_US <= instant_us <= _LAST_US:
        msg = f"instant {written} is out of range: another unit than the shop file says?"
        raise ValueError(msg)
    return instant_us


ISO = Encoding(Annotated[datetime, Meta(tz=True)], lambda instant: _in_calendar(to_us(instant), instant))

_MICROSECONDS = {"milliseconds": (1000, 1), "microseconds": (1, 1), "nanoseconds": (1, 1000)}
_INFINITIES = (9223372036825200000, -9223372036832400000)  # how Debezium writes 'infinity' as a number


def instants(unit: str | None, time_zone: str) -> Encoding:
    """Return the encoding of instants that come as numbers of a unit; None: as ISO 8601 strings."""
    if unit is None:
        return ISO
    if unit == "days":
        return Encoding(int | str, lambda value: _midnight_us(value, time_zone))
    times, divided_by = _MICROSECONDS[unit]
    return Encoding(int, lambda value: _number_to_us(value, times, divided_by))


def _number_to_us(number: int, times: int, divided_by: int) -> int:
    if number in _INFINITIES:
        msg = "the instant is infinite"
        raise ValueError(msg)
    return _in_calendar(number * times // divided_by, number)


def _midnight_us(day: int | str, time_zone: str) -> int:
    """Read days since 1970, or an ISO date (`2024-02-29Z`), as the shop's midnight."""
    try:
        found = (
            date.fromisoformat(day.removesuffix("Z"))
            if isinstance(day, str)
            else date(1970, 1, 1) + timedelta(day)
        )
        midnight = datetime(found.year, found.month, found.day, tzinfo=ZoneInfo(time_zone))
        return to_us(midnight.astimezone(UTC))
    except OverflowError as error:
        msg = f"day {day} is out of range"
        raise ValueError(msg) from error


_FIRST_US = to_us(datetime(1, 1, 1, tzinfo=UTC))
_LAST_US = to_us(datetime(9999, 12, 31, tzinfo=UTC))


class ColumnSchema(Struct):
    """One field of a message's Kafka Connect schema."""

    type: str
    field: str = ""
    name: str = ""
    parameters: dict[str, str] = {}
    fields: list["ColumnSchema"] = []


_UNITS = {
    "io.debezium.time.Timestamp": "milliseconds",
    "io.debezium.time.MicroTimestamp": "microseconds",
    "io.debezium.time.NanoTimestamp": "nanoseconds",
    "org.apache.kafka.connect.data.Timestamp": "milliseconds",
    "io.debezium.time.Date": "days",
    "io.debezium.time.IsoDate": "days",
    "org.apache.kafka.connect.data.Date": "days",
}


def amount_of(schema: ColumnSchema) -> Encoding:
    """Return how a message's schema says that an amount is written."""
    if schema.name == "org.apache.kafka.connect.data.Decimal":
        return precise(int(schema.parameters.get("scale", "0")))
    if schema.name == "io.debezium.data.VariableScaleDecimal":
        return VARIABLE_SCALE
    return DOUBLE if schema.type in {"double", "float", "float32", "float64"} else STRING


def instant_of(schema: ColumnSchema, time_zone: str) -> Encoding:
    """Return how a message's schema says that an instant is written."""
    return instants(_UNITS.get(schema.name), time_zone)
