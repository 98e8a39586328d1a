"""What was expected against what came true: on the diagonal the forecasts were right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analytics.dashboard.charts.frame import HEIGHT, WIDTH, Axis, across, drawn, shares, upward
from analytics.dashboard.charts.lines import series
from analytics.dashboard.charts.svg import drawing, element, path

LEAST_RADIUS, MOST_RADIUS = 3.0, 12.0


@dataclass(frozen=True)
class Bin:
    """Customers of one tenth of the probability, and the shares expected and come true among them."""

    customers: int
    expected: float
    ordered: float


def draw(label: str, groups: Sequence[tuple[str, Sequence[Bin]]]) -> Markup:
    """Return the picture; each circle's area says how many customers it is of."""
    x, y = shares("expected to order"), shares("ordered")
    diagonal = path([(across(x, 0), upward(y, 0)), (across(x, 1), upward(y, 1))])
    circles = [circle for index, (_, bins) in enumerate(groups) for circle in _circles(index, bins, x, y)]
    return drawing(WIDTH, HEIGHT, label, *drawn(x, y), element("path", d=diagonal, class_="mark"), *circles)


def legend(groups: Sequence[tuple[str, Sequence[Bin]]]) -> list[tuple[str, str]]:
    """Return class and meaning of each group."""
    return [(f"line {series(index)}", name) for index, (name, _) in enumerate(groups)]


def _circles(index: int, bins: Sequence[Bin], x: Axis, y: Axis) -> Iterator[Markup]:
    most = max((bin_.customers for bin_ in bins), default=0) or 1
    places = [(across(x, bin_.expected), upward(y, bin_.ordered)) for bin_ in bins]
    if len(places) > 1:
        yield element("path", d=path(places), class_=f"line thin {series(index)}")
    for bin_, (left, top) in zip(bins, places, strict=True):
        told = f"{bin_.customers:,} customers: {bin_.expected:.1%} expected, {bin_.ordered:.1%} ordered"
        radius = max(LEAST_RADIUS, MOST_RADIUS * (bin_.customers / most) ** 0.5)
        yield element(
            "circle", element("title", told), cx=left, cy=top, r=radius, class_=f"bubble {series(index)}"
        )
