"""The process that tells the hours."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from analytics import hourly
from analytics.migrate import migrate
from stack.home import Home
from stack.postgres import Postgres
from tests.analytics.store import NOON, Store

pytestmark = pytest.mark.stack

HOUR = timedelta(hours=1)


def environment(dsn):
    others = {name: value for name, value in os.environ.items() if not name.startswith("RETENTIONCAST_")}
    return {**others, **({"RETENTIONCAST_ANALYTICS_DSN": dsn} if dsn else {})}


def once(dsn):
    command = [sys.executable, "-m", "analytics.hourly", "--once"]
    return subprocess.run(command, env=environment(dsn), capture_output=True, text=True, check=False)


@contextmanager
def running(dsn, log):
    with log.open("wb") as file:
        command = [sys.executable, "-m", "analytics.hourly"]
        process = subprocess.Popen(command, env=environment(dsn), stderr=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds, process):
    deadline = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, "it has ended"
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.1)


@pytest.fixture
def store(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate(connection)
        store = Store(connection)
        store.describe()
        yield store


def hours(store):
    return [hour for (hour,) in store.rows("SELECT hour FROM store_hours ORDER BY 1")]


def test_once_it_tells_the_hour_and_ends(store, dsn):
    first, second = once(dsn), once(dsn)
    assert (first.returncode, second.returncode) == (0, 0)
    assert hours(store) == [NOON]
    assert "told 2026-07-15T12:00:00+00:00" in first.stderr
    assert "nothing to tell" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_hour_after_hour_and_ends_when_asked_to(store, dsn, tmp_path, number):
    log = tmp_path / "log"
    with running(dsn, log) as process:
        wait_until(lambda: hours(store) == [NOON], process)
        store.set_time(NOON + 2 * HOUR)
        wait_until(lambda: hours(store) == [NOON, NOON + 2 * HOUR], process)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert log.read_text().endswith("stopped\n")
    assert "Traceback" not in log.read_text()


def test_two_at_once_tell_an_hour_once(store, dsn):
    """The one that comes second waits for the first, and has nothing to tell then."""
    with hourly.connected(dsn) as one, hourly.connected(dsn) as other, ThreadPoolExecutor(1) as pool:
        one.execute("SELECT tell_hour()")
        second = pool.submit(hourly.tell, other)
        while not store.rows("SELECT FROM pg_locks WHERE pid = %s AND NOT granted", other.info.backend_pid):
            assert not second.done()
        one.commit()
        assert not second.result(60)
        assert not hourly.tell(other)
    assert hours(store) == [NOON]


@pytest.fixture
def server(tmp_path_factory):
    server = Postgres(Home(tmp_path_factory.mktemp("server")), "analytics", {})
    server.start()
    yield server
    server.stop()


def test_it_comes_back_when_the_database_does(server, tmp_path):
    dsn, log = server.dsn("postgres", "postgres"), tmp_path / "log"
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate(connection)
        Store(connection).describe()
    with running(dsn, log) as process:
        wait_until(lambda: "told" in log.read_text(), process)
        server.stop()
        wait_until(lambda: "trying again" in log.read_text(), process)
        server.start()
        with psycopg.connect(dsn, autocommit=True) as connection:
            store = Store(connection)
            store.set_time(NOON + HOUR)
            wait_until(lambda: hours(store) == [NOON, NOON + HOUR], process)
    assert "Traceback" not in log.read_text()
    assert server.home.secret("postgres") not in log.read_text()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, r"RETENTIONCAST_ANALYTICS_DSN: Field required"),
        (
            "an empty database",
            r"\(function tell_hour\(\) does not exist\): run python -m analytics.migrate",
        ),
        ("postgresql://nobody@127.0.0.1:1/none", r"The hour was not told: connection failed"),
    ],
)
def test_it_says_what_is_missing(dsn, told, words):
    done = once(dsn if told == "an empty database" else told)
    assert done.returncode == 1
    assert re.search(words, done.stderr)
    assert "Traceback" not in done.stderr
