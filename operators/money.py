"""Money: whole cents, exact."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from operators.reject import AmountError, CurrencyError

DIGITS_MAX = 15
AMOUNT_LENGTH_MAX = 100
# Ten trillion: beyond it an amount is a mistake, and int64 sums stay far from their end.
CENTS_MAX = 10**DIGITS_MAX


def to_cents(amount: str | float) -> int:
    """Return a decimal string, or a number as it is written, in minor units, exact; or raise AmountError."""
    if not isinstance(amount, str):
        amount = repr(amount)
    whole, _, fraction = amount.partition(".")
    if len(fraction) == 2 and amount.isascii() and fraction.isdigit() and whole.removeprefix("-").isdigit():
        return bounded(int(whole + fraction), amount)
    try:
        exact = Decimal(amount)  # never rounded, however many digits
    except InvalidOperation:
        exact = Decimal("NaN")
    return decimal_to_cents(exact, amount)


def decimal_to_cents(exact: Decimal, amount: str) -> int:
    """Return a decimal in minor units, exact; `amount` is how the shop wrote it."""
    if not exact.is_finite():
        msg = f"amount {amount[:40]!r} is not a decimal number"
        raise AmountError(msg)
    if abs(exact.adjusted()) > DIGITS_MAX or len(amount) > AMOUNT_LENGTH_MAX:
        msg = f"amount {amount[:40]} is out of range"
        raise AmountError(msg)
    numerator, denominator = exact.as_integer_ratio()
    cents, rest = divmod(100 * numerator, denominator)
    if rest:
        msg = f"amount {amount[:40]} has more than two decimals"
        raise AmountError(msg)
    return bounded(cents, amount)


def bounded(cents: int, amount: str) -> int:
    """Return the cents; AmountError where no order can be worth as much."""
    if abs(cents) > CENTS_MAX:
        msg = f"amount {amount[:40]} is out of range"
        raise AmountError(msg)
    return cents


class Rates:
    """The worth of other currencies in the main one, fixed for the life of a recovery store.

    Customers stay silent in no currency: one line a customer in one currency keeps the history of whoever has
    paid in two as one.
    """

    def __init__(self, main: str, rates: Mapping[str, str]) -> None:
        self.main = main
        self._rates = {currency: Fraction(rate) for currency, rate in rates.items()}

    def convert(self, cents: int, currency: str) -> int:
        """Return cents of the main currency, halves rounded away from zero as Postgres' round() does.

        Raises CurrencyError for a currency without a rate, AmountError where the result is out of range.
        """
        if currency == self.main:
            return cents
        rate = self._rates.get(currency)
        if rate is None:
            msg = f"currency {currency[:40]!r} has no rate, the shop's main one is {self.main!r}"
            raise CurrencyError(msg)
        converted = (2 * abs(cents) * rate.numerator + rate.denominator) // (2 * rate.denominator)
        return bounded(-converted if cents < 0 else converted, f"of {cents} cents in {currency}")
