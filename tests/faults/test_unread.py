"""Changes that nobody can read any more: said loudly, and mended by starting over from a new snapshot."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from connectors.kafka_topic import Topics
from demo.processes import ROOT
from tests.e2e import compare
from tests.e2e.topics import read_all
from tests.e2e.waiting import wait_until
from tests.faults.site import Site

pytestmark = pytest.mark.stack

ORDERS = "shop.public.orders"


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def published(site: Site) -> set[str]:
    return compare.alert_history(site.endpoints).told


def with_a_state(site: Site) -> set[str]:
    """Return the customers whose last message on the topic of states is no tombstone."""
    last = {m.key(): m.value() for m in read_all(site.endpoints.kafka_bootstrap, "retentioncast.states")}
    return {key.decode() for key, value in last.items() if value is not None}


def customers(site: Site) -> set[str]:
    with psycopg.connect(site.endpoints.analytics_dsn) as analytics:
        return {id_ for (id_,) in analytics.execute("SELECT customer_id FROM rfm")}


def rebuild(site: Site) -> list[str]:
    """Follow the documented procedure, and return what is not as the shop's tables say then."""
    before, since = published(site), compare.stream_time(site.endpoints)[1]
    url = f"{site.endpoints.connect_url}/connectors/shop"
    done = subprocess.run(
        [sys.executable, "-m", "dataflows.rebuild", site.flow.store, "--connector", url],
        env=os.environ | site.endpoints.variables(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    site.begin(environment=dict([done.stdout.strip().split("=", 1)]))
    site.trade()
    assert compare.stream_time(site.endpoints)[1] == since
    # With the topic's records it has gone why an alert was due that the shop has since taken back.
    gone = {f"never due: {id_}" for id_ in before}
    return [line for line in site.mismatches() if line not in gone]


def test_a_partition_that_is_added_ends_the_flow_and_is_read_after_a_restart(site: Site) -> None:
    flow = site.begin()
    admin = AdminClient({"bootstrap.servers": site.endpoints.kafka_bootstrap})
    admin.create_partitions([NewPartitions(ORDERS, 5)])[ORDERS].result()
    assert flow.wait() == [1]
    assert "PartitionsChangedError: the partitions of shop.public.orders" in site.log()
    flow.start()
    site.trade()
    assert site.mismatches() == []


def test_records_deleted_before_they_were_read_end_the_flow_which_says_what_to_do(site: Site) -> None:
    flow = site.begin()
    flow.kill()
    end = len(read_all(site.endpoints.kafka_bootstrap, ORDERS))
    wait_for(lambda: len(read_all(site.endpoints.kafka_bootstrap, ORDERS)) >= end + 100)
    Topics({"bootstrap.servers": site.endpoints.kafka_bootstrap}, [ORDERS]).cut()
    flow.start()
    assert flow.wait() == [1]
    assert "OffsetLostError" in site.log()
    assert "run python -m dataflows.rebuild" in site.log()
    assert site.close() == 0
    assert rebuild(site) == []


def test_a_dropped_slot_fails_the_connector_and_a_rebuild_knows_of_rows_deleted_meanwhile(site: Site) -> None:
    flow = site.begin()
    site.stack.connect.stop()
    with psycopg.connect(site.endpoints.shop_admin_dsn, autocommit=True) as shop:
        shop.execute("SELECT pg_drop_replication_slot('retentioncast')")
        shop.execute("DELETE FROM orders WHERE id IN (SELECT id FROM orders ORDER BY placed_at DESC LIMIT 9)")
        shop.execute("DELETE FROM orders WHERE customer_id = (SELECT min(customer_id) FROM orders)")
    site.trade()
    assert site.close() == 0
    site.stack.connect.start()
    wait_until(flow, "FAILED", lambda: site.stack.connect.connector_state() == "FAILED")
    assert "no longer available on the server" in site.stack.connect.process.log.read_text()
    assert flow.stop() == 0
    assert rebuild(site) == []
    assert with_a_state(site) == customers(site)
