"""What state somebody was in, when: a strip, with orders above it and alerts below."""

from collections.abc import Sequence

from markupsafe import Markup

from analytics.dashboard.charts.frame import LEFT, RIGHT, WIDTH, Axis, across
from analytics.dashboard.charts.svg import drawing, element

HEIGHT, STRIP_TOP, STRIP_HEIGHT = 120, 34, 30
LABEL_ROOM = 62


def draw(
    label: str,
    x: Axis,
    stays: Sequence[tuple[str, float, float]],
    orders: Sequence[float],
    alerts: Sequence[float],
) -> Markup:
    """Return the picture of (state, from, to): the state's name stands in its strip where there is room."""
    top, bottom = STRIP_TOP, STRIP_TOP + STRIP_HEIGHT
    parts = [element("text", "orders", x=LEFT - 8, y=top - 8, class_="tick end")]
    for state, begin, end in stays:
        left, right = across(x, begin), across(x, end)
        width, kind = max(right - left, 0.7), f"state {css(state)}"
        parts.append(element("rect", x=left, y=top, width=width, height=STRIP_HEIGHT, class_=kind))
        if right - left > LABEL_ROOM:
            middle, name = (left + right) / 2, in_words(state)
            parts.append(element("text", name, x=middle, y=top + 19, class_="on-state middle"))
    parts += [element("path", d=f"M{across(x, at):.1f} {top - 16}v13", class_="order") for at in orders]
    if alerts:
        parts.append(element("text", "alerts", x=LEFT - 8, y=bottom + 17, class_="tick end"))
    for at in alerts:
        place = across(x, at)
        data = f"M{place:.1f} {bottom + 4}l6 11h-12z"
        parts.append(element("path", d=data, class_="alert"))
    for value, told in x.ticks:
        parts.append(element("text", told, x=across(x, value), y=HEIGHT - 20, class_="tick middle"))
    parts.append(element("text", x.label, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 4, class_="axis middle"))
    return drawing(WIDTH, HEIGHT, label, *parts)


def css(state: str) -> str:
    """Return a state's class: at-risk."""
    return state.lower().replace("_", "-")


def in_words(state: str) -> str:
    """Return a state's name: at risk."""
    return state.lower().replace("_", " ")
