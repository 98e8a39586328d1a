"""Axes: from values to places, with ticks at round numbers, and where days, months and years begin."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from analytics.dashboard import formats
from analytics.dashboard.charts.svg import element

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 14, 44
TICK_CLASSES = ("tick", "tick spare")  # a narrow screen leaves every second one out


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`, with ticks as (value, label), and what it measures."""

    low: float
    high: float
    ticks: list[tuple[float, str]]
    label: str

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1."""
        span = self.high - self.low
        return 0.5 if span <= 0 else (min(max(value, self.low), self.high) - self.low) / span


def across(axis: Axis, value: float) -> float:
    """Return the horizontal place of a value."""
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def upward(axis: Axis, value: float) -> float:
    """Return the vertical place of a value."""
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)


def numbers(
    low: float, high: float, label: str, told: Callable[[float], str] = formats.short, steps: int = 5
) -> Axis:
    """Return an axis of round numbers that holds both ends."""
    step = _round_step((high - low) / steps if high > low else max(abs(high), 1.0) / steps)
    first, last = math.floor(low / step + 1e-9), max(math.ceil(high / step - 1e-9), 1)
    ticks = [(index * step, told(index * step)) for index in range(first, last + 1)]
    return Axis(first * step, last * step, ticks, label)


def shares(label: str) -> Axis:
    """Return an axis from 0 to 100 %."""
    return Axis(0, 1, [(tenths / 10, f"{10 * tenths} %") for tenths in range(0, 11, 2)], label)


def times(low: datetime, high: datetime, zone: ZoneInfo) -> Axis:
    """Return an axis of instants, in Unix seconds."""
    ticks = [(at.timestamp(), told) for at, told in _beginnings(low, high, zone)]
    return Axis(low.timestamp(), high.timestamp(), ticks, f"time, {zone.key}")


def drawn(x: Axis, y: Axis) -> Iterator[Markup]:
    """Yield both axes, with lines across at each tick of y."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value, told in y.ticks:
        place = upward(y, value)
        kind = "base" if value == 0 else "grid"
        yield element("path", d=f"M{LEFT} {place:.1f}H{right}", class_=kind)
        yield element("text", told, x=LEFT - 8, y=place + 4, class_="tick end")
    for index, (value, told) in enumerate(x.ticks):
        place = across(x, value)
        yield element("path", d=f"M{place:.1f} {bottom}v4", class_="grid")
        yield element("text", told, x=place, y=bottom + 18, class_=f"{TICK_CLASSES[index % 2]} middle")
    yield element("text", x.label, x=(LEFT + right) / 2, y=HEIGHT - 6, class_="axis middle")


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))


def _beginnings(low: datetime, high: datetime, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """Return some six of the days, months or years that begin between the two."""
    days = max((high - low) / timedelta(days=1), 0.01)
    begin, end = low.astimezone(zone), high.astimezone(zone)
    if days <= 70:
        every = max(1, round(days / 6))
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        dates = [midnight + timedelta(days=number) for number in range(0, math.ceil(days) + 2, every)]
        return [(at, f"{at.day} {at:%b}") for at in dates if begin <= at <= end]
    every = next(months for months in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if days / 30 / months <= 7)
    found = []
    for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month):
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=zone)
        if number % every == 0 and begin <= at <= end:
            found.append((at, f"{at:%Y}" if every % 12 == 0 else f"{at:%b %y}"))
    return found
