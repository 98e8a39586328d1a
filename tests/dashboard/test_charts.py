"""Axes, bars and curves: values are where the axis says, and text is never markup."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.dashboard.charts import bars, calibration, frame, heat, lines, ranks, timeline
from analytics.dashboard.charts.svg import element

BERLIN = ZoneInfo("Europe/Berlin")
NASTY = "<script>&\"'</script>"
SOME = frame.numbers(0, 10, "")


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_an_axis_of_numbers_holds_both_ends_between_round_ticks(low, span):
    high = low + span
    axis = frame.numbers(min(low, 0), max(high, 0), "")
    rounding = 1e-9 * (axis.high - axis.low)
    assert axis.low <= min(low, 0) + rounding
    assert axis.high >= max(high, 0) - rounding
    assert 2 <= len(axis.ticks) <= 15
    assert any(value == 0 for value, _ in axis.ticks)


def test_ticks_are_told_apart():
    for high in (0, 0.04, 1, 7, 1234, 98_765, 12_345_678):
        told = [label for _, label in frame.numbers(0, high, "").ticks]
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("days", [0.5, 3, 40, 200, 1000, 5000, 40_000])
def test_ticks_of_time_are_few_and_at_the_shops_midnights(days):
    low = datetime(2026, 2, 27, 13, tzinfo=UTC) - timedelta(days=days) / 2
    axis = frame.times(low, low + timedelta(days=days), BERLIN)
    assert len(axis.ticks) <= 9
    assert axis.ticks or days < 3
    for at, _ in axis.ticks:
        local = datetime.fromtimestamp(at, BERLIN)
        assert (local.hour, local.minute) == (0, 0)


def test_a_value_lies_where_its_tick_does():
    x, y = frame.numbers(0, 10, ""), frame.shares("")
    picture = lines.draw("a", x, y, [lines.Line("a", [(0, 0.0), (10, 1.0)])])
    assert re.search(r'd="M54\.0 216\.0L546\.0 14\.0" class="line series-1"', picture)


def test_a_step_holds_its_value_until_the_next():
    picture = lines.draw("a", SOME, SOME, [lines.Line("a", [(0, 10), (10, 0)], steps=True)])
    [data] = re.findall(r'd="(M[^"]+)" class="line', picture)
    places = [tuple(map(float, place.split())) for place in data[1:].split("L")]
    assert [places[0][1] == places[1][1], places[1][0] == places[2][0]] == [True, True]


def test_what_is_lost_hangs_below_what_came():
    parts = [bars.Part("came", [3, 0]), bars.Part("lost", [-2, -1])]
    assert bars.reach(parts) == (-2, 3)
    picture = bars.draw("a", frame.numbers(-2, 3, ""), ["mon", "tue"], parts, "day")
    rectangles = [
        {name: float(value) for name, value in re.findall(r'(x|y|width|height)="([\d.-]+)"', rectangle)}
        for rectangle in re.findall(r"<rect[^>]+>", picture)
    ]
    came, lost, _ = rectangles
    assert came["y"] + came["height"] == pytest.approx(lost["y"], abs=0.2)
    assert came["height"] == pytest.approx(1.5 * lost["height"], rel=0.01)


def test_equal_areas_are_equally_many_customers():
    bins = [calibration.Bin(100, 0.1, 0.1), calibration.Bin(25, 0.9, 0.9)]
    radii = [float(r) for r in re.findall(r' r="([\d.]+)"', calibration.draw("a", [("a", bins)]))]
    assert radii[0] == 2 * radii[1]


def test_no_mark_is_drawn_across_the_word_of_another():
    picture = lines.draw("a", SOME, SOME, [], [lines.Mark(8, "now"), lines.Mark(7, "T*")])
    parts = list(ElementTree.fromstring(picture))  # noqa: S314 - our own
    marks = [place for place, part in enumerate(parts) if part.get("class") == "mark"]
    words = [place for place, part in enumerate(parts) if part.get("class", "").startswith("mark-label")]
    assert (len(marks), len(words)) == (2, 2)
    assert max(marks) < min(words)


def test_text_is_never_markup():
    assert element("text", NASTY, x=NASTY).count("<") == 2
    pictures = [
        lines.draw(NASTY, SOME, SOME, [lines.Line(NASTY, [(1, 1)])], [lines.Mark(5, NASTY)]),
        bars.draw(NASTY, SOME, [NASTY], [bars.Part(NASTY, [1])], NASTY),
        ranks.draw(NASTY, [(NASTY, 1, NASTY)]),
        calibration.draw(NASTY, [(NASTY, [calibration.Bin(1, 0.5, 0.5)])]),
        timeline.draw(NASTY, SOME, [(NASTY, 0, 10)], [1], [2]),
    ]
    for picture in pictures:
        names = {part.tag for part in ElementTree.fromstring(picture).iter()}  # noqa: S314 - our own
        assert names <= {"svg", "g", "path", "text", "rect", "circle", "title"}


def test_no_drawing_needs_anything_to_draw():
    for picture in (lines.draw("a", SOME, SOME, []), bars.draw("a", SOME, [], [], ""), ranks.draw("a", [])):
        ElementTree.fromstring(picture)  # noqa: S314 - our own


def test_heat_grows_with_the_value():
    assert [heat.level(value, 0.5) for value in (0.0, 0.25, 0.5, 0.9)] == [
        "heat-0",
        "heat-5",
        "heat-10",
        "heat-10",
    ]
    assert heat.level(None, 1) == heat.level(0.0, 0) == ""
