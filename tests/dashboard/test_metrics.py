"""The flow's metrics, asked of a real server."""

import time

import pytest

from analytics.dashboard.metrics import Metrics, Unreachable
from tests.dashboard.conftest import metrics_told


def test_several_processes_are_added_up(serve_text):
    metrics = Metrics.fetch([serve_text(metrics_told(3, time.time() - 60)), serve_text(metrics_told(4))])
    assert metrics.lag == 7
    assert metrics.by("rejects_total", "reason") == [("broken", 10), ("no-rate", 4)]
    assert metrics.total("rejects_total") == 14
    assert metrics.stream_age_seconds == pytest.approx(60, abs=20)
    assert "bytewax_anything_total" not in metrics.values


def test_a_flow_that_has_read_nothing_tells_nothing(serve_text):
    metrics = Metrics.fetch([serve_text(b"")])
    assert (metrics.lag, metrics.stream_age_seconds, metrics.poll_age_seconds) == (None, None, None)


@pytest.mark.parametrize("text", [b"<html>", b"\xff\xfe", b'retentioncast_rejects_total{reason="'])
def test_what_is_no_metrics_is_unreachable(serve_text, text):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        Metrics.fetch([serve_text(text)])


def test_nobody_there_is_unreachable():
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        Metrics.fetch(["http://127.0.0.1:9/metrics"])
