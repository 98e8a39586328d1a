import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.money import Rates, to_cents
from operators.reject import AmountError


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("12.34", 1234), ("-5.25", -525), ("-0.05", -5), ("7", 700), ("7.5", 750), ("1E+2", 10000), ("0.00", 0)],
)
def test_amounts_are_exact_in_cents(amount, cents):
    assert to_cents(amount) == cents


@given(st.integers(-(10**14), 10**14))
def test_every_amount_with_two_decimals_comes_back(cents):
    sign = "-" if cents < 0 else ""
    assert to_cents(f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}") == cents


@pytest.mark.parametrize(
    "amount",
    [
        "1e999998",
        "1e-999998",
        "1." + "0" * 38 + "1",
        "",
        "-",
        "NAN",
        "Infinity",
        "1.005",
        "12,50",
        "1e30",
        "--1.00",
        "1.2.3",
    ],
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="amount"):
        to_cents(amount)


RATES = Rates("EUR", {"USD": "0.9155", "HUF": "0.0025"})


@pytest.mark.parametrize(
    ("cents", "currency", "converted"),
    [
        (1000, "EUR", 1000),
        (1000, "USD", 916),
        (-1000, "USD", -916),
        (200, "HUF", 1),
        (199, "HUF", 0),
        (-200, "HUF", -1),
    ],
)
def test_amounts_are_converted_with_halves_away_from_zero(cents, currency, converted):
    assert RATES.convert(cents, currency) == converted


def test_an_amount_that_comes_to_too_much_in_the_main_currency_is_refused():
    with pytest.raises(AmountError, match="out of range"):
        Rates("IDR", {"KWD": "53000"}).convert(10**15, "KWD")


def test_a_currency_without_a_rate_is_refused():
    with pytest.raises(ValueError, match="'JPY' has no rate, the shop's main one is 'EUR'"):
        RATES.convert(1, "JPY")


def test_a_conversion_that_no_order_can_be_worth_is_refused():
    rates = Rates("VND", {"USD": "25000"})
    assert rates.convert(100, "USD") == 2_500_000
    with pytest.raises(AmountError, match="out of range"):
        rates.convert(-(10**15), "USD")
