"""The dashboard on a real Postgres, whose login may only read."""

import http.server
import os
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from pathlib import Path

import psycopg
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from starlette.testclient import TestClient

from analytics.dashboard.app import build
from analytics.dashboard.settings import Settings
from analytics.migrate import migrate
from demo.processes import free_addresses
from tests.dashboard.filling import clock, fill, one_customer

ROOT = Path(__file__).parents[2]
NAMES = ("localhost", "127.0.0.1", "testserver")
NOBODY = "http://127.0.0.1:9/metrics"  # the discard port: nobody listens


@pytest.fixture(scope="session")
def new_database(postgres):
    """A function that makes a database, and returns the DSNs of its owner and of a login that may read."""
    login, secret = f"dashboard_{uuid.uuid4().hex}", uuid.uuid4().hex
    names = []
    with psycopg.connect(postgres.endpoints().analytics_admin_dsn, autocommit=True) as admin:

        def create():
            name = f"dashboard_{uuid.uuid4().hex}"
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER retentioncast").format(sql.Identifier(name)))
            names.append(name)
            owner = postgres.analytics.dsn("retentioncast", name)
            with psycopg.connect(owner, autocommit=True) as connection:
                migrate(connection)
            if len(names) == 1:
                role = sql.Identifier(login)
                admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE retentioncast_bi").format(role, secret)
                )
            return owner, make_conninfo(owner, user=login, password=secret)

        yield create
        for name in names:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


@pytest.fixture(scope="session")
def shop_dsns(new_database):
    """A shop that has lived: its DSNs; tests must not change it."""
    return filled(new_database(), fill)


@pytest.fixture(scope="session")
def untold(new_database):
    """A dashboard on tables without a line."""
    return client_of(new_database()[1])


@pytest.fixture(scope="session")
def deserted(new_database):
    """A dashboard on a shop with a clock, and nobody in it."""
    return client_of(filled(new_database(), clock)[1])


@pytest.fixture(scope="session")
def lone_customer(new_database):
    """A dashboard on a shop with one order."""
    return client_of(filled(new_database(), one_customer)[1])


@pytest.fixture
def empty_dsns(new_database):
    """A database with all tables and no line, whose DSNs a test may do anything with."""
    return new_database()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """A function that starts a dashboard as its users do, and returns its address and its process."""
    processes = []

    def start(dsn, **settings):
        [address] = free_addresses(1)
        settings |= {
            "dsn": dsn,
            "port": address.partition(":")[2],
            "metrics_urls": settings.get("metrics_urls", NOBODY),
        }
        environment = {f"RETENTIONCAST_DASHBOARD_{name.upper()}": value for name, value in settings.items()}
        log = tmp_path_factory.mktemp("dashboard") / "log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "analytics.dashboard"],
                env=os.environ | environment,
                stderr=file,
                cwd=ROOT,
            )
        processes.append(process)
        wait_until_it_answers(address, process, log)
        return f"http://{address}", process

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=30)


def wait_until_it_answers(address, process, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/static/icon.svg", timeout=10).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the dashboard does not answer: {log.read_text()}")


@pytest.fixture(scope="session")
def address(serve, shop_dsns):
    """The address of a dashboard on the shop that has lived."""
    return serve(shop_dsns[1])[0]


def filled(dsns, fill_with):
    with psycopg.connect(dsns[0], autocommit=True) as connection:
        fill_with(connection)
    return dsns


def client_of(dsn, **settings):
    """Return a client of a dashboard on that database."""
    told = Settings(**{"dsn": dsn, "names": NAMES, "metrics_urls": (NOBODY,)} | settings)
    return TestClient(build(told), raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="session")
def shop(shop_dsns):
    return client_of(shop_dsns[1])


@pytest.fixture
def serve_text():
    """A function that serves a text, and returns its address."""
    servers = []

    def start(text):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/metrics"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def metrics_told(lag, stream_time=None):
    registry = CollectorRegistry()
    partitions = ("topic", "partition")
    Gauge("retentioncast_source_lag", "", partitions, registry=registry).labels("orders", "0").set(lag)
    Gauge("retentioncast_source_last_poll_timestamp_seconds", "", partitions, registry=registry).labels(
        "orders", "0"
    ).set(time.time() - 7)
    rejects = Counter("retentioncast_rejects", "", ("reason",), registry=registry)
    rejects.labels("no-rate").inc(2)
    rejects.labels("broken").inc(5)
    if stream_time is not None:
        Gauge("retentioncast_stream_time_timestamp_seconds", "", registry=registry).set(stream_time)
    Counter("bytewax_anything", "", registry=registry).inc()
    return generate_latest(registry)
