"""Records that no connector writes, put on the topics by hand: each must come out as a reject."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Garbage:
    """A record by hand: the table whose topic it is put on, and why it is refused."""

    table: str
    key: bytes
    value: bytes
    reason: bytes


KEY = b"by hand "
ROW = b'"id":1,"customer_id":"nobody","status":"paid","refunded":"0.00","currency":"EUR"'
_UNUSABLE = (
    ("crash.orders", b"\x00garbage", b"malformed"),
    ("crash.orders", b"", b"malformed"),
    ("crash.orders", b'{"op":"c","before":null,"after":{"id":1,"custo', b"malformed"),
    ("crash.orders", b'{"x":' + b"[" * 5000, b"malformed"),
    (
        "crash.orders",
        b'{"op":"c","after":{%s,"placed_at":"2026-01-01T00:00:00Z"},"source":{"lsn":1}}' % ROW,
        b"missing-field",
    ),
    (
        "crash.orders",
        b'{"op":"c","after":{%s,"total":"1.00","placed_at":"yesterday"},"source":{"lsn":1}}' % ROW,
        b"invalid-field",
    ),
    (
        "crash.orders",
        b'{"op":"c","after":{%s,"total":"1.005","placed_at":"2026-01-01T00:00:00Z"},"source":{"lsn":1}}'
        % ROW,
        b"amount",
    ),
    (
        "crash.orders",
        b'{"op":"x","after":{%s,"total":"1.00","placed_at":"2026-01-01T00:00:00Z"},"source":{"lsn":1}}' % ROW,
        b"unknown-operation",
    ),
    (
        "crash.orders",
        b'{"op":"u","after":{%s,"total":"1.00","placed_at":"2026-01-01T00:00:00Z"},"source":{"lsn":1}}' % ROW,
        b"before-image",
    ),
    ("cdc.heartbeat", b"not a heartbeat", b"malformed"),
)


def garbage(dice: Random, number: int) -> Garbage:
    """Return a record that cannot be used, under a key of its own."""
    table, value, reason = dice.choice(_UNUSABLE)
    return Garbage(table, KEY + str(number).encode(), value, reason)
