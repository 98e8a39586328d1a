"""One change of one order, with money in minor units and instants in microseconds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from operators.chunk import Record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGITS_MAX = 15
AMOUNT_LENGTH_MAX = 100
CENTS_MAX = (
    10**DIGITS_MAX
)  # ten trillion: beyond it an amount is a mistake, and int64 sums stay far from their end


class OrderChange(Struct, frozen=True, gc=False):
    """What one customer must know of one order from now on.

    A deleted order, one that moved to another customer and one whose status does not count are all the same
    to the customer: `counted` is False. `version` orders the changes of one order: Debezium's `source.lsn`
    twice, plus one unless the change was read by the snapshot, because a snapshot's row may share its LSN
    with the first change streamed after it.
    """

    customer_id: str
    order_id: str
    version: int
    placed_at_us: int
    cents: int
    counted: bool
    record: Record
    placed_before_us: int | None = None  # where the change moved an order of this customer in time


def version_of(lsn: int, operation: str) -> int:
    """Return the version of a change at `lsn`; of equal ones the snapshot's (`r`) is the older."""
    return 2 * lsn + (operation != "r")


def to_us(instant: datetime) -> int:
    """Return microseconds since 1970 UTC, exact."""
    return (instant - EPOCH) // MICROSECOND


def to_datetime(instant_us: int) -> datetime:
    """Return the UTC datetime at microseconds since 1970; the inverse of `to_us`."""
    return EPOCH + timedelta(microseconds=instant_us)


def to_cents(amount: str) -> int:
    """Return a decimal string in minor units, exact; ValueError when it is no such amount."""
    whole, _, fraction = amount.partition(".")
    if len(fraction) == 2 and amount.isascii() and fraction.isdigit() and whole.removeprefix("-").isdigit():
        cents = int(whole + fraction)
    else:
        cents = _decimal_cents(amount)
    if abs(cents) > CENTS_MAX:
        msg = f"amount {amount[:40]} is out of range"
        raise ValueError(msg)
    return cents


def _decimal_cents(amount: str) -> int:
    try:
        exact = Decimal(amount)  # never rounded, however many digits
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        msg = f"amount {amount[:40]!r} is not a decimal number"
        raise ValueError(msg)
    if abs(exact.adjusted()) > DIGITS_MAX or len(amount) > AMOUNT_LENGTH_MAX:
        msg = f"amount {amount[:40]} is out of range"
        raise ValueError(msg)
    numerator, denominator = exact.as_integer_ratio()
    cents, rest = divmod(100 * numerator, denominator)
    if rest:
        msg = f"amount {amount[:40]} has more than two decimals"
        raise ValueError(msg)
    return cents
