"""kill -9 of every part: nothing is lost, nothing is published twice."""

import shutil
import signal

import pytest

from tests.e2e import compare
from tests.faults.site import Site

pytestmark = pytest.mark.stack


def test_the_flow(site: Site) -> None:
    flow = site.begin()
    flow.kill()
    assert flow.wait() == [-signal.SIGKILL]
    site.trade()
    assert flow.supervise() == [-signal.SIGKILL]
    site.trade()
    assert site.mismatches() == []


def test_the_flow_before_its_first_snapshot(site: Site) -> None:
    flow = site.begin()
    _, alerts_since = compare.stream_time(site.endpoints)
    flow.kill()
    shutil.rmtree(flow.store)  # as if none had been written by now
    site.trade()
    flow.supervise()
    site.trade()
    assert site.mismatches() == []
    assert compare.stream_time(site.endpoints)[1] == alerts_since


def test_connect(site: Site) -> None:
    site.begin()
    site.stack.connect.kill()
    assert site.stack.connect.connector_state() == "NONE"
    site.trade()
    site.wait_until_time_stands()
    site.stack.connect.start()
    site.trade()
    assert site.mismatches() == []


def test_the_broker(site: Site) -> None:
    site.begin()
    site.stack.kafka.kill()
    site.wait_for_log("brokers are down")
    site.trade()
    site.stack.kafka.start()
    site.trade()
    assert site.mismatches() == []


def test_the_shops_database(site: Site) -> None:
    site.begin()
    site.stack.postgres.kill()
    assert site.wait_for_close() == 1
    site.wait_until_time_stands()
    site.stack.postgres.start()
    site.open()
    site.trade()
    assert site.mismatches() == []


def test_the_analytics_database(site: Site) -> None:
    site.begin()
    site.stack.analytics.kill()
    site.wait_for_log("trying again")
    site.trade()
    site.stack.analytics.start()
    site.trade()
    assert site.mismatches() == []


def test_one_process_of_a_cluster_ends_the_others_and_all_are_started_again(site: Site) -> None:
    flow = site.begin(processes=3)
    assert flow.supervise() == []
    flow.kill(1)
    first, killed, third = flow.supervise()
    assert killed == -signal.SIGKILL
    assert 0 not in {first, third}
    assert "thread panic" in site.log()
    site.trade()
    assert site.mismatches() == []


def test_one_process_of_a_cluster_whose_processes_have_not_met_yet(site: Site) -> None:
    flow = site.begin(processes=3)
    flow.kill()
    flow.launch()
    flow.kill(0)
    assert flow.supervise() == 3 * [-signal.SIGKILL]
    site.trade()
    assert site.mismatches() == []
