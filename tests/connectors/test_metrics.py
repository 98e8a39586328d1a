"""What Prometheus is told from the start."""

import subprocess
import sys

import pytest

from operators import reject

FRESH = "import connectors.metrics, prometheus_client as p; print(p.generate_latest().decode())"


@pytest.fixture(scope="module")
def fresh():
    """The metrics of a process in which nothing has happened yet."""
    return subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "series",
    [
        'alerts_total{type="withdrawn"}',
        'alerts_suppressed_total{by="budget"}',
        'alerts_suppressed_total{by="control"}',
        'refits_total{outcome="paused"}',
        'rejects_total{reason="truncate"}',
    ],
)
def test_a_count_begins_at_zero_so_that_its_first_event_is_an_increase(fresh, series):
    assert f"retentioncast_{series} 0.0" in fresh.splitlines()


def test_every_reason_of_a_reject_is_among_all():
    constants = {
        name: value for name, value in vars(reject).items() if name.isupper() and isinstance(value, str)
    }
    assert sorted(constants.values()) == sorted(reject.ALL)
