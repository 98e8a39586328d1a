"""Recordings: for each a fresh database and fresh topics, one connector, one scenario."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from stack import connect
from stack.stack import Stack
from tests.golden.configuration import CONNECTOR, DATABASE, Configuration
from tests.golden.connector import Connector
from tests.golden.golden_record import GoldenRecord
from tests.golden.topics import Topics

SCENARIO = Path(__file__).parent / "scenario"
SUPERUSER = "postgres"
TIMEOUT_S = 120

T = TypeVar("T")


class Recorder:
    """Records one configuration after the other on a stack that nobody else uses."""

    def __init__(self, stack: Stack, admin: psycopg.Connection) -> None:
        self.stack = stack
        self.admin = admin
        self.topics = Topics(stack.kafka.bootstrap)
        # The project's own connector writes to topics of the same names.
        self._end(Connector(stack.connect.url, connect.CONNECTOR), "retentioncast")

    def record(self, configuration: Configuration) -> list[GoldenRecord]:
        """Live through the scenario; return what the connector has written."""
        self.topics.delete()
        _wait_for("the end of the old topics", lambda: not self.topics.names())
        with self._database():
            self._run(*configuration.before)
            connector = Connector(self.stack.connect.url, configuration.slot)
            connector.create(configuration.settings())
            try:
                self._wait_for_snapshot(connector, configuration.slot)
                self._run(*configuration.changes)
                self._wait_for_changes(connector, configuration.slot)
                return _wait_for("the ticking topics", self.topics.records)
            finally:
                self._end(connector, configuration.slot)

    @contextmanager
    def _database(self) -> Iterator[None]:
        """Have the shop's database for the length of the block."""
        name = sql.Identifier(DATABASE)
        self.admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            self._run("tables.sql")
            self.stack.postgres.run_sql(
                CONNECTOR.with_name("postgres.sql"),
                DATABASE,
                SUPERUSER,
                SHOP_DB_PASSWORD=self.stack.home.secret("capture"),
            )
            self._run("capture.sql")
            yield
        finally:
            self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _run(self, *scripts: str) -> None:
        for script in scripts:
            self.stack.postgres.run_sql(SCENARIO / script, DATABASE, SUPERUSER)

    def _wait_for_snapshot(self, connector: Connector, slot: str) -> None:
        """Wait until the connector reads its slot: while it takes the snapshot, nobody does."""
        query = """
            SELECT FROM pg_replication_slots AS slots
            JOIN pg_stat_replication AS senders ON senders.pid = slots.active_pid
            WHERE slot_name = %s AND senders.state = 'streaming'
        """
        _wait_for("the snapshot", lambda: connector.is_running() and self._has(query, slot))

    def _wait_for_changes(self, connector: Connector, slot: str) -> None:
        """Wait until all that has happened is in Kafka: LSNs are confirmed after their records' commit."""
        end = self.admin.execute("SELECT pg_current_wal_lsn()").fetchone()[0]
        query = "SELECT FROM pg_replication_slots WHERE slot_name = %s AND confirmed_flush_lsn > %s"
        _wait_for("the last change", lambda: connector.is_running() and self._has(query, slot, end))

    def _end(self, connector: Connector, slot: str) -> None:
        """Delete a connector and its slot."""
        connector.delete()
        query = "SELECT FROM pg_replication_slots WHERE slot_name = %s AND active"
        _wait_for("the connector's end", lambda: not self._has(query, slot))
        query = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
        self.admin.execute(query, [slot])

    def _has(self, query: str, *parameters: str) -> bool:
        return self.admin.execute(query, parameters).fetchone() is not None


def _wait_for(what: str, result: Callable[[], T]) -> T:
    """Return the first result that is true."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := result()):
        if time.monotonic() > deadline:
            message = f"waited {TIMEOUT_S} s for {what}"
            raise TimeoutError(message)
        time.sleep(0.2)
    return found
