"""The comparison drawn; needs matplotlib, which the extra `plots` brings."""

import html
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.backtest import report
from models.backtest.comparison import Comparison
from models.backtest.score import Score

Points: TypeAlias = dict[Any, tuple[float, float]]

# Two colours of Okabe and Ito's that colour-blind people tell apart; the marks differ in shape as well.
MODEL_COLOUR, FIXED_COLOUR = "#0072B2", "#D55E00"
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Which threshold?</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
svg {{ width: 100%; height: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ccc; }}
th:first-child, td:first-child {{ text-align: left; }}
p {{ white-space: pre-line; }}
</style>
<h1>Which threshold?</h1>
<p>{basis}</p>
{svg}
<p>{verdict}</p>
<table>
<thead><tr>{headings}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</html>
"""


def write(comparison: Comparison, path: Path) -> None:
    """Write a picture to a .png, or a page that holds all it needs to a .html."""
    if path.suffix == ".png":
        draw(comparison).savefig(path, dpi=150)
    else:
        path.write_text(page(comparison), encoding="utf-8")


def draw(comparison: Comparison) -> Figure:
    """Return recall and median lead against precision, of all rules."""
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    recall, lead = figure.subplots(1, 2)
    _draw_rules(recall, comparison, lambda score: score.recall)
    recall.set(xlabel="precision", ylabel="recall", title="Churned silences that are alerted in time")
    _draw_rules(lead, comparison, lambda score: score.median_lead_days)
    lead.set(xlabel="precision", ylabel="median lead, days")
    lead.set_title(f"Lead before {comparison.bench.churn_days} days of silence")
    recall.legend(loc="best")
    return figure


def page(comparison: Comparison) -> str:
    """Return the figure and the table as one HTML page without links."""
    picture = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "backtest"}):
        draw(comparison).savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
    svg = picture.getvalue()
    return PAGE.format(
        basis=html.escape(report.basis(comparison)),
        verdict=html.escape(report.verdict(comparison)),
        svg=svg[svg.index("<svg") :],
        headings="".join(f"<th>{heading}</th>" for heading in report.HEADINGS),
        rows="\n".join(_row(score) for score in report.scores(comparison)),
    )


def _draw_rules(axes: Axes, comparison: Comparison, of: Callable[[Score], float | None]) -> None:
    by_threshold = _points(comparison.by_threshold, of)
    axes.plot(*_columns(by_threshold.values()), color=MODEL_COLOUR)
    tenths = {threshold: point for threshold, point in by_threshold.items() if threshold in report.TABLED}
    _draw_marks(axes, tenths, "threshold of P(alive)", MODEL_COLOUR, marker="o", label_height=6)
    by_days = _points(comparison.by_days, of)
    _draw_marks(axes, by_days, "days of silence", FIXED_COLOUR, marker="s", label_height=-14)
    axes.grid(alpha=0.3)
    axes.margins(0.08)


def _draw_marks(
    axes: Axes, points: Points, name: str, colour: str, *, marker: str, label_height: int
) -> None:
    axes.plot(*_columns(points.values()), color=colour, linestyle="none", marker=marker, label=name)
    for rule, point in points.items():
        offset = (6, label_height)
        axes.annotate(f"{rule:g}", point, xytext=offset, textcoords="offset points", color=colour)


def _points(rules: Mapping[Any, Score], of: Callable[[Score], float | None]) -> Points:
    """Return (precision, y) of the rules that have both."""
    return {
        rule: (score.precision, y)
        for rule, score in rules.items()
        if score.precision is not None and (y := of(score)) is not None
    }


def _columns(points: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    rows = list(points)
    return [x for x, _ in rows], [y for _, y in rows]


def _row(score: Score) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in report.cells(score)) + "</tr>"
