import pytest

from benchmarks.arrivals import Arrival
from benchmarks.lateness import Measurement, report

SECOND_US = 1_000_000


def measured(lateness_seconds):
    """Alerts that came so late, raised half a second before the heartbeat that told them."""
    arrivals = [
        Arrival(2 * SECOND_US, round(2.5 * SECOND_US), round((2 + late) * SECOND_US))
        for late in lateness_seconds
    ]
    heartbeats_us = [round(1.5 * SECOND_US), round(2.5 * SECOND_US)]
    return Measurement(1_000_000, 2_000_000, 61.0, 75.0, 60.0, 200, 150, arrivals, heartbeats_us, 1.3)


@pytest.mark.parametrize(("late", "verdict"), [(2, "met"), (3, "missed")])
def test_the_target_is_met_where_all_but_a_hundredth_come_in_time(late, verdict):
    text = report(measured([0.7] * (200 - late) + [2.0] * late))
    assert text.endswith(f"p99 from the crossing under 2 s: {verdict}")


def test_the_report_tells_what_a_reader_must_know():
    text = report(measured([0.6] * 100 + [0.9] * 99))
    for part in ("1,000,000 customers", "2,000,000 orders", "5 minutes 1.3", "read in 61 s", "after 75 s"):
        assert part in text
    assert "199 of 200 alerts raised in 60 s, beside 150 orders a second" in text
    assert text.splitlines()[4].split()[-4:] == ["0.60", "0.90", "0.90", "0.90"]
    assert text.splitlines()[5].split()[-4:] == ["0.10", "0.40", "0.40", "0.40"]
    assert "crossing: 100.0%; a heartbeat every 1 s" in text


def test_where_no_alert_came_the_report_says_so():
    assert "0 of 200 alerts" in report(measured([]))
