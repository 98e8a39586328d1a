"""Records that no connector writes, put on the topics by hand: each must come out as a reject."""

from dataclasses import dataclass
from random import Random

from tests.e2e.topics import BY_HAND


@dataclass(frozen=True)
class Garbage:
    """A record by hand: the table whose topic it is put on, and why it is refused."""

    table: str
    key: bytes
    value: bytes
    reason: bytes


def _order(operation: bytes, columns: bytes) -> bytes:
    row = b'"id":1,"customer_id":"nobody","status":"paid","refunded":"0.00","currency":"EUR"'
    return b'{"op":"%s","before":null,"after":{%s,%s},"source":{"lsn":1}}' % (operation, row, columns)


_PLACED = b'"placed_at":"2026-01-01T00:00:00Z"'
_UNUSABLE = (
    ("crash.orders", b"\x00garbage", b"malformed"),
    ("crash.orders", b"", b"malformed"),
    ("crash.orders", b'{"op":"c","before":null,"after":{"id":1,"custo', b"malformed"),
    ("crash.orders", b'{"x":' + b"[" * 5000, b"malformed"),
    ("crash.orders", _order(b"c", _PLACED), b"missing-field"),
    ("crash.orders", _order(b"c", b'"total":"1.00","placed_at":"yesterday"'), b"invalid-field"),
    ("crash.orders", _order(b"c", b'"total":"1.005",' + _PLACED), b"amount"),
    ("crash.orders", _order(b"c", b'"total":"NaN",' + _PLACED), b"amount"),
    ("crash.orders", _order(b"x", b'"total":"1.00",' + _PLACED), b"unknown-operation"),
    ("crash.orders", b'{"op":"d","before":null,"after":null,"source":{"lsn":1}}', b"before-image"),
    ("crash.orders", b'{"op":"t","before":null,"after":null,"source":{"lsn":1}}', b"truncate"),
    ("crash.customers", b"\xff\xfe", b"malformed"),
    ("crash.customers", b'{"op":"c","before":null,"after":{"id":"x"},"source":{"lsn":1}}', b"missing-field"),
    ("crash.refunds", b"[]", b"invalid-field"),
    ("crash.refunds", b'{"op":"d","before":null,"after":null,"source":{"lsn":1}}', b"before-image"),
    ("cdc.heartbeat", b"not a heartbeat", b"malformed"),
)


def garbage(dice: Random, number: int) -> Garbage:
    """Return a record that cannot be used, under a key of its own."""
    table, value, reason = dice.choice(_UNUSABLE)
    return Garbage(table, BY_HAND + str(number).encode(), value, reason)
