"""Curves, some with a band around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analytics.dashboard.charts.frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    across,
    drawn,
    upward,
)
from analytics.dashboard.charts.svg import drawing, element, path

SERIES = 6  # colours, each with a dash of its own
MARK_ROOM = 90


@dataclass(frozen=True)
class Line:
    """A curve through points, and a band of (x, lower, upper).

    With `steps` each value holds until the next point.
    """

    label: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()
    steps: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Mark:
    """A place on the horizontal axis that a word stands at."""

    at: float
    label: str


def draw(label: str, x: Axis, y: Axis, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> Markup:
    """Return the picture; the colour of the n-th line is class `series-n`, from 1."""
    bands = [_band(index, line, x, y) for index, line in enumerate(lines) if len(line.band) > 1]
    curves = [part for index, line in enumerate(lines) for part in _curve(index, line, x, y)]
    return drawing(WIDTH, HEIGHT, label, *drawn(x, y), *bands, *curves, *_marks(x, marks))


def legend(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Return class and meaning of each line."""
    return [(f"line {series(index)}", line.label) for index, line in enumerate(lines)]


def series(index: int) -> str:
    """Return the class of the n-th line, from 0."""
    return f"series-{index % SERIES + 1}"


def _curve(index: int, line: Line, x: Axis, y: Axis) -> Iterator[Markup]:
    places = [(across(x, at), upward(y, value)) for at, value in line.points]
    if line.dots or len(places) == 1:
        for place in places:
            yield element("circle", cx=place[0], cy=place[1], r=3, class_=f"dot {series(index)}")
    if len(places) > 1:
        data = path(_stairs(places) if line.steps else places)
        yield element("path", d=data, class_=f"line {series(index)}")


def _band(index: int, line: Line, x: Axis, y: Axis) -> Markup:
    lower = [(across(x, at), upward(y, low)) for at, low, _ in line.band]
    upper = [(across(x, at), upward(y, high)) for at, _, high in line.band]
    if line.steps:
        lower, upper = _stairs(lower), _stairs(upper)
    return element("path", d=path([*lower, *reversed(upper)], closed=True), class_=f"band {series(index)}")


def _stairs(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    stairs = list(places[:1])
    for at, height in places[1:]:
        stairs += [(at, stairs[-1][1]), (at, height)]
    return stairs


def _marks(x: Axis, marks: Sequence[Mark]) -> Iterator[Markup]:
    places = [(across(x, mark.at), mark.label) for mark in marks if x.low <= mark.at <= x.high]
    for place, _ in places:
        yield element("path", d=f"M{place:.1f} {TOP}V{HEIGHT - BOTTOM}", class_="mark")
    for row, (place, label) in enumerate(places):  # after all lines: one may cross another's word
        is_left = place > WIDTH - RIGHT - MARK_ROOM and place > LEFT + MARK_ROOM
        yield element(
            "text",
            label,
            x=place + (-5 if is_left else 5),
            y=TOP + 12 + 19 * row,
            class_="mark-label end" if is_left else "mark-label",
        )
