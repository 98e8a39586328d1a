"""Actions as transactions in the shop's database, each committed once, through outages."""

from collections.abc import Callable
from datetime import datetime

import psycopg

from tests.crash.actions import Action
from tests.crash.scene import Sql

LOST = (psycopg.OperationalError, psycopg.InterfaceError)


class Writer:
    """Makes actions happen.

    A transaction whose connection is lost has been committed or not: the clock's row, which every transaction
    updates, tells which. `on_outage` is called when the connection is lost, and brings the database back.
    """

    def __init__(self, dsn: str, on_outage: Callable[[], object]) -> None:
        self._dsn = dsn
        self._on_outage = on_outage
        self._connection: psycopg.Connection | None = None
        self._step = 0

    def write(self, action: Action) -> None:
        """Make one action happen; an action that is rolled back leaves nothing behind."""
        while True:
            try:
                if self._committed_step() > self._step:
                    break
                with self._connected().transaction(force_rollback=action.is_rolled_back):
                    self._execute(action)
                if action.is_rolled_back:
                    return
            except LOST:
                self._connection = None
                self._on_outage()
            else:
                break
        self._step += 1

    def tick(self, clock: datetime) -> None:
        """Move the shop's clock, and nothing else."""
        self.write(Action("tick", clock))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _execute(self, action: Action) -> None:
        with self._connected().cursor() as cursor:
            cursor.execute("UPDATE clock SET shop_time = %s, step = %s", (action.clock, self._step + 1))
            for sql in action.statements:
                if sql.rows:
                    _copy(cursor, sql)
                else:
                    cursor.execute(sql.text, sql.parameters)

    def _committed_step(self) -> int:
        row = self._connected().execute("SELECT step FROM clock").fetchone()
        assert row is not None
        return row[0]

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            options = "-c search_path=crash -c lock_timeout=60000"
            self._connection = psycopg.connect(self._dsn, autocommit=True, options=options)
        return self._connection


def _copy(cursor: psycopg.Cursor, sql: Sql) -> None:
    with cursor.copy(sql.text) as copy:
        for row in sql.rows:
            copy.write_row(row)
