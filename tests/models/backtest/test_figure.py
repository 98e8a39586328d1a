import re
from xml.etree import ElementTree

import pytest

from models.backtest import figure, report
from models.backtest.comparison import compare


@pytest.fixture(scope="module")
def comparison(shop):
    return compare(shop, 60, 120, lambda _: None)


def test_the_picture_is_a_png(comparison, tmp_path):
    figure.write(comparison, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_both_panels_show_every_rule_where_its_score_is(comparison):
    for axes, of in zip(figure.draw(comparison).axes, ("recall", "median_lead_days"), strict=True):
        shown = {(text.get_text(), *text.xy) for text in axes.texts}
        scores = {f"{t:g}": comparison.by_threshold[t] for t in report.TABLED}
        scores |= {f"{days}": score for days, score in comparison.by_days.items()}
        assert shown == {(name, score.precision, getattr(score, of)) for name, score in scores.items()}
        curve = axes.lines[0].get_xydata().tolist()
        assert curve == [[s.precision, getattr(s, of)] for s in comparison.by_threshold.values() if s.judged]


def test_the_page_holds_all_it_needs(comparison, tmp_path):
    figure.write(comparison, tmp_path / "curve.html")
    page = (tmp_path / "curve.html").read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith("#") for link in links)
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])  # noqa: S314
    assert "median lead, days" in "".join(svg.itertext())
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page)
    cells = [re.findall("<td>(.*?)</td>", row) for row in rows]
    assert cells == [report.cells(score) for score in report.scores(comparison)]


def test_the_same_orders_make_the_same_page(comparison):
    assert figure.page(comparison) == figure.page(comparison)
