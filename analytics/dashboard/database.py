"""The analytics database, read only: each page sees it at one instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row

CONNECT_SECONDS = 3
LOST_SECONDS = 10


class Reading:
    """One look at the database: every query sees the same lines."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self._connection = connection

    def rows(self, query: LiteralString, *arguments: Any) -> list[DictRow]:
        """Return all lines of the answer."""
        return self._connection.execute(query, arguments).fetchall()

    def row(self, query: LiteralString, *arguments: Any) -> DictRow | None:
        """Return the first line of the answer, None if there is none."""
        return self._connection.execute(query, arguments).fetchone()


class Database:
    """Where to look. A connection a look: it costs some milliseconds, and there is none to go stale."""

    def __init__(self, dsn: str, query_seconds: float) -> None:
        self.query_seconds = query_seconds
        self._dsn = dsn
        self._options = (
            f"-c statement_timeout={round(1000 * query_seconds)} -c default_transaction_read_only=on "
            "-c default_transaction_isolation=repeatable\\ read -c TimeZone=UTC"
        )

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """Open a reading; psycopg.OperationalError where the database is away."""
        with psycopg.connect(
            self._dsn,
            options=self._options,
            connect_timeout=CONNECT_SECONDS,
            # A host that has vanished is noticed, also while an answer is waited for.
            tcp_user_timeout=1000 * LOST_SECONDS,
            keepalives_idle=LOST_SECONDS,
            keepalives_interval=1,
            application_name="retentioncast-dashboard",
            row_factory=dict_row,
        ) as connection:
            yield Reading(connection)
