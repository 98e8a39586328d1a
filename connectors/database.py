"""A connection to Postgres that comes back: work is retried through outages."""

import logging
from collections.abc import Callable
from typing import TypeVar

import psycopg

from connectors import backoff, metrics
from connectors.errors import DatabaseRefusedError, DatabaseUnavailableError

OUTAGE_SECONDS = 300.0

DATA_AT_FAULT = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
# Connection lost, resources short, shutdown or start-up, serialization, deadlock, read-only (a standby).
TRANSIENT = ("08", "53", "57P0", "40001", "40P01", "25006")

log = logging.getLogger(__name__)

T = TypeVar("T")


class Database:
    """One connection, made when first needed; `prepare` is run on it whenever it is made anew."""

    def __init__(self, dsn: str, prepare: Callable[[psycopg.Connection], object] | None = None) -> None:
        self._dsn = dsn
        self._prepare = prepare
        self._connection: psycopg.Connection | None = None
        self._retries = metrics.SINK_RETRIES.labels("postgres")

    def run(self, work: Callable[[psycopg.Connection], T]) -> T:
        """Return what `work` returns; it may be run several times, so it must be a transaction or idempotent.

        Raises what is in DATA_AT_FAULT where the data are, DatabaseRefusedError where waiting does not help,
        DatabaseUnavailableError where it has not helped for minutes.
        """
        for _ in backoff.attempts(OUTAGE_SECONDS):
            try:
                return work(self._connected())
            except DATA_AT_FAULT:
                raise
            except psycopg.Error as error:
                if not is_transient(error):
                    msg = f"Postgres refuses: {_first_line(error)}: mend that and restart"
                    raise DatabaseRefusedError(msg) from error
                reason = _first_line(error)
                log.warning("Postgres: %s; trying again", reason)
                self._retries.inc()
                self.close()
        msg = (
            f"Postgres could not be used for {OUTAGE_SECONDS:.0f} s ({reason}): restart when it answers again"
        )
        raise DatabaseUnavailableError(msg)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            connection = psycopg.connect(
                self._dsn,
                autocommit=True,
                application_name="retentioncast",
                connect_timeout=10,
                tcp_user_timeout=30_000,  # milliseconds: a host that has vanished is noticed
            )
            if self._prepare is not None:
                self._prepare(connection)
            self._connection = connection
        return self._connection


def is_transient(error: psycopg.Error) -> bool:
    """Return whether the same may succeed later, on a new connection."""
    if error.sqlstate is None:  # the client's own: no connection, or a lost one
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(TRANSIENT)


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
