"""A record set aside: why, and its original bytes."""

from msgspec import Struct

from operators.chunk import Record
from operators.message import Message

MALFORMED = "malformed"
MISSING_FIELD = "missing-field"
INVALID_FIELD = "invalid-field"
UNAVAILABLE_VALUE = "unavailable-value"
UNKNOWN_OPERATION = "unknown-operation"
BEFORE_IMAGE = "before-image"
AMOUNT = "amount"
CURRENCY = "currency"
TOO_LARGE = "too-large"
TRUNCATE = "truncate"
FOLDED_ORDER = "folded-order"
MODEL = "model"
ALERT = "alert"
ALL = (
    MALFORMED,
    MISSING_FIELD,
    INVALID_FIELD,
    UNAVAILABLE_VALUE,
    UNKNOWN_OPERATION,
    BEFORE_IMAGE,
    AMOUNT,
    CURRENCY,
    TOO_LARGE,
    TRUNCATE,
    FOLDED_ORDER,
    MODEL,
    ALERT,
)

ERROR_LENGTH_MAX = 1000


class UnusableError(Exception):
    """A record cannot be used; `reason` is one of this module's constants."""

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(error[:ERROR_LENGTH_MAX])  # it may quote a value, and becomes a header
        self.reason = reason


class AmountError(ValueError):
    """Something is no amount of money."""


class CurrencyError(ValueError):
    """A currency has no rate."""


REASONS = {AmountError: AMOUNT, CurrencyError: CURRENCY}
"""What a value that cannot be read is rejected for; other ValueErrors: INVALID_FIELD."""


class Reject(Struct, frozen=True, gc=False):
    """A record that the flow could not use; `reason` is one of this module's constants."""

    reason: str
    error: str
    record: Record


def to_message(reject: Reject) -> Message:
    """Return the rejects topic's message: original key and value, the reason in headers.

    The id is the record's place in Kafka, so that a replay writes nothing twice.
    """
    record = reject.record
    topic, _, partition = record.source.rpartition(":")
    headers = [
        ("rc.reason", reject.reason.encode()),
        ("rc.error", reject.error.encode()),
        ("rc.topic", topic.encode()),
        ("rc.partition", partition.encode()),
        ("rc.offset", str(record.offset).encode()),
    ]
    return Message(f"{record.source}:{record.offset}", record.key, record.value, headers)
