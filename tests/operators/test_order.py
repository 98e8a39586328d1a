import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.order import to_cents, to_datetime, to_us, version_of


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


@given(st.integers(-62135596800_000_000, 253402300799_999_999))
def test_instants_come_back_to_the_microsecond(instant_us):
    assert to_us(to_datetime(instant_us)) == instant_us


def test_a_snapshot_row_is_older_than_the_change_that_shares_its_lsn():
    assert version_of(7, "r") < version_of(7, "u") < version_of(8, "r")
