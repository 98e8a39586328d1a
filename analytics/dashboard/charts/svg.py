"""SVG elements. Whatever is put in is escaped."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup, escape


def element(name: str, *content: str, **attributes: str | float) -> Markup:
    """Return an element; `class_` is class, `stroke_width` is stroke-width."""
    told = Markup().join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _shown(value))
        for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, told, Markup().join(map(escape, content)))


def path(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """Return a path's data through these points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def _shown(value: str | float) -> str:
    return (
        value
        if isinstance(value, str)
        else f"{value:.4g}"
        if value < 1
        else f"{value:.1f}".removesuffix(".0")
    )


@dataclass(frozen=True)
class Chart:
    """A picture, what it shows in words, and the same as a table.

    `summary` is the text alternative. `legend` has the class of each colour, and what it stands for.
    """

    title: str
    summary: str
    picture: Markup
    columns: list[str]
    rows: list[list[str]]
    legend: list[tuple[str, str]] = field(default_factory=list)


def drawing(width: float, height: float, label: str, *content: str) -> Markup:
    """Return the SVG element that scales to the space there is."""
    return element("svg", *content, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=label)
