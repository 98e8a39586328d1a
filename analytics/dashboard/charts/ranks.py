"""Bars that lie, with their names on the left and their values behind them."""

from collections.abc import Sequence

from markupsafe import Markup

from analytics.dashboard.charts.svg import drawing, element

WIDTH, ROW, NAME_ROOM, VALUE_ROOM = 560, 26, 150, 110


def draw(label: str, ranks: Sequence[tuple[str, float, str]]) -> Markup:
    """Return the picture of (name, value, value in words)."""
    most = max((value for _, value, _ in ranks), default=0) or 1
    room = WIDTH - NAME_ROOM - VALUE_ROOM
    parts = []
    for place, (name, value, told) in enumerate(ranks):
        top, length = place * ROW, max(1.0, room * max(value, 0) / most)
        parts += [
            element("text", name, x=NAME_ROOM - 10, y=top + 17, class_="tick end"),
            element("rect", x=NAME_ROOM, y=top + 5, width=length, height=ROW - 10, class_="bar series-1"),
            element("text", told, x=NAME_ROOM + length + 8, y=top + 17, class_="tick value"),
        ]
    return drawing(WIDTH, ROW * max(1, len(ranks)), label, *parts)
