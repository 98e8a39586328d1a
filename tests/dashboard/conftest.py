"""The dashboard on a real Postgres, whose login may only read."""

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from starlette.testclient import TestClient

from analytics.dashboard.app import build
from analytics.dashboard.settings import Settings
from analytics.migrate import migrate
from tests.dashboard.filling import fill

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
    owner, reader = new_database()
    with psycopg.connect(owner, autocommit=True) as connection:
        fill(connection)
    return owner, reader


@pytest.fixture
def empty_dsns(new_database):
    """A database with all tables and no line, whose DSNs a test may do anything with."""
    return new_database()


def client_of(dsn, **settings):
    """Return a client of a dashboard on that database."""
    told = Settings(**{"dsn": dsn, "names": NAMES, "metrics_urls": (NOBODY,)} | settings)
    return TestClient(build(told), raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="session")
def shop(shop_dsns):
    return client_of(shop_dsns[1])
