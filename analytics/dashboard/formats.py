"""Numbers, amounts, instants and shares, as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

NONE = "–"
SIZES = ((1_000_000_000, "G"), (1_000_000, "M"), (1000, "k"))
Number = float | Decimal


def count(value: Number | None) -> str:
    """Return 12,345."""
    return NONE if value is None else f"{value:,.0f}"


def decimal(value: Number | None, digits: int = 2) -> str:
    """Return 0.53."""
    return NONE if value is None else f"{value:,.{digits}f}"


def share(value: Number | None, digits: int = 1) -> str:
    """Return 12.3 %."""
    return NONE if value is None else f"{100 * value:.{digits}f} %"


def money(value: Number | None, currency: str) -> str:
    """Return 1,231 EUR: cents below a thousand only."""
    if value is None:
        return NONE
    digits = 2 if -1000 < value < 1000 else 0
    return f"{value:,.{digits}f} {currency}"


def exact_money(value: Number | None, currency: str) -> str:
    """Return 1,231.40 EUR."""
    return NONE if value is None else f"{value:,.2f} {currency}"


def short(value: Number) -> str:
    """Return 1.2k, 3.4M: what an axis has room for."""
    number = float(value)
    for limit, letter in SIZES:
        if abs(number) >= limit:
            return f"{number / limit:.3g}{letter}"
    return f"{number:.3g}"


def probability(value: float | None) -> str:
    """Return a p-value: 0.034, or < 0.001."""
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def day(value: date | None) -> str:
    """Return 3 May 2026."""
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def month(value: date | None) -> str:
    """Return May 2026."""
    return NONE if value is None else f"{value:%b %Y}"


def instant(value: datetime | None, zone: ZoneInfo) -> Markup:
    """Return 3 May 2026, 11:12, in the shop's time zone."""
    if value is None:
        return escape(NONE)
    local = value.astimezone(zone)
    return Markup('<time datetime="{}">{}, {}</time>').format(
        value.astimezone(UTC).isoformat(), day(local), f"{local:%H:%M}"
    )


def span(value: timedelta | float | None) -> str:
    """Return a length of time, of which seconds may be given, in its largest unit."""
    if value is None:
        return NONE
    seconds = abs(value.total_seconds() if isinstance(value, timedelta) else value)
    for limit, unit_seconds, unit in ((120, 1, "second"), (7200, 60, "minute"), (172_800, 3600, "hour")):
        if seconds < limit:
            return plural(int(seconds / unit_seconds), unit)
    return plural(int(seconds / 86_400), "day")


def plural(number: int, noun: str) -> str:
    """Return 1 order, 2 orders."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def customer_path(customer_id: str) -> str:
    """Return the address of a customer's page.

    Browsers take a segment of dots for a step up, however it is encoded: such an id stands behind a question
    mark.
    """
    encoded = quote(customer_id, safe="")
    return f"/customers?id={encoded}" if customer_id.strip(".") == "" else f"/customers/{encoded}"
