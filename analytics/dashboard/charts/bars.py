"""Bars of one period each, stacked; what is lost hangs below the line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analytics.dashboard.charts.frame import HEIGHT, LEFT, RIGHT, WIDTH, Axis, drawn, upward
from analytics.dashboard.charts.svg import drawing, element

TICKS = 6


@dataclass(frozen=True)
class Part:
    """One layer of all bars; negative values hang."""

    label: str
    values: Sequence[float]


def draw(label: str, y: Axis, names: Sequence[str], parts: Sequence[Part], unit: str) -> Markup:
    """Return the picture: one bar a name."""
    every = max(1, -(-len(names) // TICKS))
    width = (WIDTH - LEFT - RIGHT) / max(1, len(names))
    x = Axis(0, len(names), [(i + 0.5, names[i]) for i in range(0, len(names), every)], unit)
    columns = [_column(place, width, y, names, parts) for place in range(len(names))]
    return drawing(WIDTH, HEIGHT, label, *drawn(x, y), *columns)


def reach(parts: Sequence[Part]) -> tuple[float, float]:
    """Return the lowest and the highest end of the bars."""
    stacks = list(zip(*(part.values for part in parts), strict=True))
    lows = [sum(value for value in stack if value < 0) for stack in stacks]
    highs = [sum(value for value in stack if value > 0) for stack in stacks]
    return min(lows, default=0), max(highs, default=0)


def legend(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Return class and meaning of each layer."""
    return [(f"bar series-{index + 1}", part.label) for index, part in enumerate(parts)]


def _column(place: int, width: float, y: Axis, names: Sequence[str], parts: Sequence[Part]) -> Markup:
    told = ", ".join(f"{part.label} {abs(part.values[place]):,.0f}" for part in parts)
    title = element("title", f"{names[place]}: {told}")
    return element("g", title, *_stack(place, width, y, parts))


def _stack(place: int, width: float, y: Axis, parts: Sequence[Part]) -> Iterator[Markup]:
    up = down = 0.0
    left = LEFT + place * width
    for index, part in enumerate(parts):
        value = part.values[place]
        begin = up if value >= 0 else down
        end = begin + value
        top, bottom = upward(y, max(begin, end)), upward(y, min(begin, end))
        if value:
            gap = min(2.0, width / 4)
            yield element(
                "rect",
                x=left + gap / 2,
                y=top,
                width=width - gap,
                height=max(bottom - top, 0.5),
                class_=f"bar series-{index + 1}",
            )
        up, down = (end, down) if value >= 0 else (up, end)
