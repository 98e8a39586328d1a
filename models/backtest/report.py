"""What is said of a comparison: its basis, its table, and the threshold to set beside the fixed rule."""

import json
from collections.abc import Sequence

from models.backtest.comparison import REFERENCE_DAYS, Comparison
from models.backtest.score import Score
from models.backtest.versions import day

TABLED = tuple(tenth / 10 for tenth in range(1, 10))
HEADINGS = ("rule", "alerts", "alerts/day", "judged", "precision", "recall", "median lead days")


def basis(comparison: Comparison) -> str:
    """Return what the rules were judged on."""
    bench, versions = comparison.bench, comparison.versions
    judged, churned = int(bench.judged.sum()), int(bench.churned.sum())
    share = f", {churned / judged:.0%}," if judged else ""
    return (
        f"{len(versions)} models, the first of {day(bench.since_us)}; orders until {day(bench.end_us)}.\n"
        f"{judged:,} silences are judged, of which {churned:,}{share} lasted {bench.churn_days} days: churn."
    )


def scores(comparison: Comparison) -> list[Score]:
    """Return the scores that the table shows."""
    return [*(comparison.by_threshold[threshold] for threshold in TABLED), *comparison.by_days.values()]


def cells(score: Score) -> list[str]:
    """Return a score as the table shows it, in the order of `HEADINGS`."""
    return [
        score.rule,
        f"{score.alerts:,}",
        f"{score.alerts_per_day:,.2f}",
        f"{score.judged:,}",
        *("–" if share is None else f"{share:.3f}" for share in (score.precision, score.recall)),
        "–" if score.median_lead_days is None else f"{score.median_lead_days:.1f}",
    ]


def table(comparison: Comparison) -> str:
    """Return the scores as aligned text."""
    rows: list[Sequence[str]] = [HEADINGS, *(cells(score) for score in scores(comparison))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *numbers in rows:
        aligned = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True))
        lines.append("  ".join([name.ljust(widths[0]), *aligned]))
    return "\n".join(lines)


def json_lines(comparison: Comparison) -> str:
    """Return the scores as a JSON object a line."""
    return "\n".join(json.dumps(score._asdict()) for score in scores(comparison))


def verdict(comparison: Comparison) -> str:
    """Return which threshold is as precise as the fixed rule, and what it gains and costs."""
    fixed, rule = comparison.by_days[REFERENCE_DAYS], f"alerts after {REFERENCE_DAYS} days of silence"
    if fixed.precision is None:
        return f"There were no {rule} before churn, to set a threshold beside."
    if comparison.equal is None:
        return f"No threshold is as precise as {rule} ({fixed.precision:.3f})."
    threshold, score = comparison.equal
    gained_days = (score.median_lead_days or 0.0) - (fixed.median_lead_days or 0.0)
    return (
        f"Threshold {threshold:g} is as precise as {rule}:"
        f" {score.precision:.3f} against {fixed.precision:.3f}.\n"
        f"Its median lead is {abs(gained_days):.1f} days {'longer' if gained_days >= 0 else 'shorter'},"
        f" its recall {score.recall or 0:.3f} against {fixed.recall or 0:.3f},"
        f" at {score.alerts_per_day:,.2f} alerts a day against {fixed.alerts_per_day:,.2f}."
    )
