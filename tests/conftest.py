"""The real stack, started once for all tests that are marked `stack`."""

import signal
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from stack.stack import Stack

# Started in the background, tests ignore Ctrl-C, and so would the processes that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need of the stack its databases alone: they may run side by side."""
    for item in items:
        fixtures = getattr(item, "fixturenames", [])
        if "postgres" in fixtures and "stack" not in fixtures:
            item.add_marker("database")


@pytest.fixture(scope="session")
def _stopped_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def postgres(_stopped_stack: Stack) -> Stack:
    """The stack with its databases running, which takes a second or two; for tests that need nothing else."""
    _stopped_stack.start_databases()
    return _stopped_stack


@pytest.fixture(scope="session")
def stack(_stopped_stack: Stack) -> Stack:
    """The stack with everything running."""
    _stopped_stack.up()
    return _stopped_stack


@pytest.fixture
def fresh_database(postgres: Stack) -> Iterator[Callable[[], str]]:
    """A function that creates an empty database, owned by role retentioncast, and returns its DSN."""
    names: list[str] = []
    with psycopg.connect(postgres.endpoints().analytics_admin_dsn, autocommit=True) as admin:

        def create() -> str:
            name = f"test_{uuid.uuid4().hex}"
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER retentioncast").format(sql.Identifier(name)))
            names.append(name)
            return postgres.analytics.dsn("retentioncast", name)

        yield create
        for name in names:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
