"""What the flow writes to fails: its recovery store, and the analytics database."""

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from tests.faults.site import Site

pytestmark = pytest.mark.stack


@contextmanager
def full_disk(site: Site) -> Iterator[None]:
    """A disk of its own for the recovery store, which is full meanwhile."""
    filler = site.flow.store / "filler"
    room = shutil.disk_usage(site.flow.store).free
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    yield
    filler.unlink()


@contextmanager
def file_limit(site: Site) -> Iterator[None]:
    """The running flow may make no file larger than its log; the next start may."""
    limit = site.flow.log.stat().st_size + 32_768
    resource.prlimit(site.flow.processes[0].pid, resource.RLIMIT_FSIZE, (limit, limit))
    yield


@pytest.fixture
def small_disk(site: Site) -> Iterator[None]:
    """The recovery store on a disk of its own."""
    site.halt()
    store = site.flow.store
    kept = store.with_name("kept")
    if store.exists():
        store.rename(kept)
    store.mkdir()
    kept.mkdir(exist_ok=True)
    size_bytes = 2 * sum(file.stat().st_size for file in kept.iterdir()) + 64 * 2**20
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", store]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        if not is_mounted:
            pytest.skip("mounting a small disk needs root and the right to mount")
        shutil.copytree(kept, store, dirs_exist_ok=True)
        yield
        site.halt()
        shutil.copytree(store, kept, dirs_exist_ok=True)
    finally:
        if is_mounted:
            subprocess.run(["umount", store], check=True)
        store.rmdir()
        kept.rename(store)


def check_no_room(site: Site, no_room: Callable[[Site], AbstractContextManager[None]]) -> None:
    flow = site.begin()
    with no_room(site):
        assert flow.wait() == [1]
    assert "disk" in site.log()
    site.trade()
    flow.start()
    site.trade()
    assert site.mismatches() == []


def test_a_full_disk_ends_the_flow_and_with_room_again_it_resumes(site: Site, small_disk: None) -> None:
    check_no_room(site, full_disk)


def test_a_file_that_may_not_grow_ends_the_flow_and_with_room_again_it_resumes(site: Site) -> None:
    check_no_room(site, file_limit)


def test_an_analytics_database_that_is_read_only_is_waited_for(site: Site) -> None:
    site.begin()
    with psycopg.connect(site.endpoints.analytics_admin_dsn, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        admin.execute("SELECT pg_reload_conf()")
        site.wait_for_log("cannot execute INSERT in a read-only transaction; trying again")
        site.trade()
        assert site.metric('retentioncast_sink_retries_total{sink="postgres"}') > 1
        admin.execute("SET default_transaction_read_only = off")
        admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        admin.execute("SELECT pg_reload_conf()")
    assert site.mismatches() == []


def test_two_crashes_in_one_epoch(site: Site) -> None:
    flow = site.begin(snapshot_seconds=600)
    for _ in range(2):
        flow.kill()
        site.trade()
        flow.start()
        site.wait_until_caught_up()
    assert site.mismatches() == []


def test_two_crashes_in_an_epoch_that_some_processes_have_written_and_nobody_purges(site: Site) -> None:
    flow = site.begin(processes=3)
    for _ in range(2):
        flow.processes[1].send_signal(signal.SIGSTOP)
        site.trade()
        time.sleep(5)  # the others write the epoch, and wait for this one
        flow.kill()
        flow.launch()
        site.wait_until_caught_up()
    assert site.mismatches() == []
