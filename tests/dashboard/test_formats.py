"""Numbers, amounts and times as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics.dashboard import formats
from analytics.dashboard.reasons import why

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (formats.count(12345), "12,345"),
        (formats.count(None), "–"),
        (formats.share(0.1234), "12.3 %"),
        (formats.money(Decimal("999.5"), "EUR"), "999.50 EUR"),
        (formats.money(Decimal("123456.78"), "USD"), "123,457 USD"),
        (formats.money(Decimal("-1234.56"), "USD"), "-1,235 USD"),
        (formats.exact_money(Decimal("1234.5"), "EUR"), "1,234.50 EUR"),
        (formats.short(0), "0"),
        (formats.short(1200), "1.2k"),
        (formats.short(-3_400_000), "-3.4M"),
        (formats.probability(0.00001), "< 0.001"),
        (formats.probability(0.05), "0.050"),
        (formats.span(timedelta(seconds=1)), "1 second"),
        (formats.span(timedelta(minutes=-90)), "90 minutes"),
        (formats.span(3 * 86_400.0), "3 days"),
        (formats.span(None), "–"),
    ],
)
def test_values_are_told(told, expected):
    assert told == expected


def test_an_instant_is_told_in_the_shops_zone():
    told = formats.instant(NOW, ZoneInfo("America/New_York"))
    assert told == '<time datetime="2026-07-15T12:00:00+00:00">15 Jul 2026, 08:00</time>'


@pytest.mark.parametrize(
    ("customer_id", "path"),
    [
        ("4711", "/customers/4711"),
        ("a/b", "/customers/a%2Fb"),
        ("5%", "/customers/5%25"),
        ("..", "/customers?id=.."),
        (".", "/customers?id=."),
        ("ü", "/customers/%C3%BC"),
    ],
)
def test_every_id_has_an_address(customer_id, path):
    assert formats.customer_path(customer_id) == path


def case(orders, gap_days, silent_days, p_alive=0.42):
    latest = NOW - timedelta(days=silent_days)
    return {
        "order_count": orders,
        "first_purchase": latest - timedelta(days=gap_days * (orders - 1)),
        "latest_purchase": latest,
        "days_silent": silent_days,
        "p_alive": p_alive,
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (case(1, 0, 51.9), "One order, and none for 51 days. A chance of 42 % to order again."),
        (
            case(1, 0, 900, 0.004),
            "One order, and none for 900 days. A chance of less than 1 % to order again.",
        ),
        (case(5, 30, 61), "Ordered every 30 days on average, and has not for 61 days, 2.0 times as long."),
        (case(5, 30, 31, None), "Ordered every 30 days on average, and has not for 31 days."),
        (
            case(3, 7, 700, None),
            "Ordered every 7 days on average, and has not for 700 days, 100 times as long.",
        ),
        (case(3, 0.1, 9, None), "3 orders within a day or so of each other, and none for 9 days."),
    ],
)
def test_the_reason_is_told_in_words(row, words):
    assert why(row).startswith(words.removesuffix(".") if row["p_alive"] else words)
