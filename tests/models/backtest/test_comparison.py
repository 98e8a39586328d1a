import re
from pathlib import Path

import pytest

from models.backtest import report
from models.backtest.comparison import compare
from models.backtest.orders import read

DOCUMENT = Path(__file__).parents[3] / "docs" / "backtest.md"


@pytest.fixture(scope="module")
def comparison(cdnow_csv):
    with cdnow_csv.open() as lines:
        return compare(read(lines), 30, 180, lambda _: None)


def test_a_higher_threshold_misses_less_churn_and_warns_earlier(comparison):
    """Whatever the models: P(alive) falls, and reaches a higher threshold earlier."""
    scores = list(comparison.by_threshold.values())
    assert [score.recall for score in scores] == sorted(score.recall for score in scores)
    assert [score.median_lead_days for score in scores] == sorted(s.median_lead_days for s in scores)
    assert [score.judged for score in scores] == sorted(score.judged for score in scores)


def test_a_longer_fixed_rule_is_more_precise_and_warns_later(comparison):
    scores = list(comparison.by_days.values())
    assert [score.median_lead_days for score in scores] == [150, 120, 90]
    assert {score.recall for score in scores} == {1.0}
    assert [score.precision for score in scores] == sorted(score.precision for score in scores)


def test_precision_is_never_below_the_share_of_churn_among_all_silences(comparison):
    """An alert that said nothing would do as well."""
    share = comparison.bench.churned.sum() / comparison.bench.judged.sum()
    assert all(score.precision > share for score in report.scores(comparison))


def test_the_threshold_beside_the_fixed_rule_is_the_highest_that_is_as_precise(comparison):
    precision = comparison.by_days[90].precision
    threshold, score = comparison.equal
    assert score.precision >= precision
    assert all(
        other.precision < precision for higher, other in comparison.by_threshold.items() if higher > threshold
    )
    verdict = report.verdict(comparison)
    assert f"Threshold {threshold:g} is as precise" in verdict
    gained_days = score.median_lead_days - 90
    assert f"{abs(gained_days):.1f} days {'longer' if gained_days > 0 else 'shorter'}" in verdict


def test_a_comparison_that_cannot_be_made_is_said(comparison):
    none = comparison.by_days[90]._replace(precision=None)
    assert "no alerts after 90 days" in report.verdict(comparison._replace(by_days={90: none}))
    sure = comparison.by_days[90]._replace(precision=1.0)
    assert "No threshold is as precise" in report.verdict(comparison._replace(by_days={90: sure}))


def test_the_document_shows_these_figures(comparison):
    """Within what another optimiser may change in the last digits."""
    lines = re.findall(r"^ +((?:threshold|silent) .*\d)$", DOCUMENT.read_text(), re.MULTILINE)
    rows = report.table(comparison).splitlines()[1:]
    assert len(lines) == len(rows) == 12
    for line, row in zip(lines, rows, strict=True):
        told, found = line.rsplit(maxsplit=6), row.rsplit(maxsplit=6)
        assert told[0].split() == found[0].split()
        numbers = [[float(cell.replace(",", "")) for cell in cells[1:]] for cells in (told, found)]
        assert numbers[0] == pytest.approx(numbers[1], rel=0.02, abs=0.02)
