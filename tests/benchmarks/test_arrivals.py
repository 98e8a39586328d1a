import pytest

from benchmarks.arrivals import Arrival, percentile, share_at_once


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.9, 90), (0.99, 99), (0.991, 100), (1, 100)])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(share, expected):
    assert percentile([*range(100, 50, -1), *range(1, 51)], share) == expected


def test_a_single_value_is_every_percentile():
    assert [percentile([7], share) for share in (0.01, 0.5, 1)] == [7, 7, 7]


def test_an_alert_is_raised_at_once_by_the_first_heartbeat_that_is_not_before_its_crossing():
    heartbeats_us = [1000, 2000, 3000]
    told = [(999, 1000), (1000, 1000), (1001, 2000), (1001, 3000), (2500, 2000), (3001, 4000)]
    arrivals = [Arrival(raised_us, told_us, told_us + 50) for raised_us, told_us in told]
    at_once = [share_at_once([arrival], heartbeats_us) for arrival in arrivals]
    assert at_once == [1, 1, 1, 0, 0, 0]
    assert share_at_once(arrivals, heartbeats_us) == 0.5
