"""SIGSTOP of every part for 20 seconds, as a hung machine: time stands still, and then all goes on by itself.

Parts that do not hide each other's outage are paused together, so that it takes less long.
"""

import signal
import time

import pytest

from tests.faults.site import Site

pytestmark = pytest.mark.stack

PAUSE_SECONDS = 20
STREAM_TIME = "retentioncast_stream_time_timestamp_seconds"


def test_one_process_of_a_cluster(site: Site) -> None:
    flow = site.begin(processes=3)
    flow.processes[1].send_signal(signal.SIGSTOP)
    time.sleep(PAUSE_SECONDS - 4)
    site.wait_until_time_stands()
    flow.processes[1].send_signal(signal.SIGCONT)
    site.trade()
    assert site.mismatches() == []


def test_connect_and_the_analytics_database(site: Site) -> None:
    site.begin()
    site.stack.analytics.pause()
    site.stack.connect.pause()
    time.sleep(PAUSE_SECONDS / 2)
    before = site.metric(STREAM_TIME)
    assert site.stack.connect.connector_state() == "NONE"
    time.sleep(PAUSE_SECONDS / 2)
    assert site.metric(STREAM_TIME) == before
    site.stack.analytics.resume()
    site.stack.connect.resume()
    site.trade()
    assert site.mismatches() == []


def test_the_broker(site: Site) -> None:
    site.begin()
    site.stack.kafka.pause()
    time.sleep(PAUSE_SECONDS - 4)
    site.wait_until_time_stands()
    site.stack.kafka.resume()
    site.trade()
    assert site.mismatches() == []


def test_the_flow_and_the_shops_database(site: Site) -> None:
    flow = site.begin()
    flow.processes[0].send_signal(signal.SIGSTOP)
    site.stack.postgres.pause()
    time.sleep(PAUSE_SECONDS - 4)
    site.wait_until_time_stands()
    site.stack.postgres.resume()
    flow.processes[0].send_signal(signal.SIGCONT)
    site.trade()
    assert site.mismatches() == []
