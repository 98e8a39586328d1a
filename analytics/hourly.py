"""What the store is told from only by a pass over all customers, written once an hour of stream time.

    python -m analytics.hourly

Fills tables store_hours, quintile_hours and segment_hours beside the running flow. An hour is told once, the
first time that stream time is seen in it; where stream time runs ahead faster, the newest hour only. So any
number of these may run, and may be stopped and started at any time.
"""

import argparse
import logging
import signal
import sys
import time
from datetime import datetime

import psycopg
from psycopg import IsolationLevel

from analytics import settings

LOOK_SECONDS = 1.0
RETRY_SECONDS = 5.0

log = logging.getLogger(__name__)

Connection = psycopg.Connection[tuple[datetime | None]]


def main() -> None:
    """Tell hours until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m analytics.hourly",
        description=__doc__,
        epilog=f"Environment variables:\n{settings.describe()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--once", action="store_true", help="tell this hour, unless it has been told, and end"
    )
    once = parser.parse_args().once
    dsn = settings.load().analytics_dsn.get_secret_value()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if once:
            with connected(dsn) as connection:
                if not tell(connection):
                    log.info("nothing to tell: the hour has been told, or stream time is not known")
        else:
            keep_telling(dsn)
    except (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable) as error:
        sys.exit(f"The schema is not up to date ({in_short(error)}): run python -m analytics.migrate")
    except psycopg.Error as error:
        sys.exit(f"The hour was not told: {in_short(error)}")
    except KeyboardInterrupt:
        log.info("stopped")


def keep_telling(dsn: str) -> None:
    """Tell hour after hour; where the database goes away, wait until it is back."""
    while True:
        try:
            with connected(dsn) as connection:
                log.info("connected")
                while True:
                    tell(connection)
                    time.sleep(LOOK_SECONDS)
        except psycopg.OperationalError as error:
            log.warning("Postgres: %s; trying again in %.0f s", in_short(error), RETRY_SECONDS)
            time.sleep(RETRY_SECONDS)


def connected(dsn: str) -> Connection:
    """Return a connection whose transactions see one state of the database each."""
    connection: Connection = psycopg.connect(
        dsn,
        application_name="retentioncast hourly",
        connect_timeout=10,
        tcp_user_timeout=30_000,  # milliseconds: a host that has vanished is noticed
    )
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    return connection


def tell(connection: Connection) -> bool:
    """Write the lines of this hour, if they are not there yet; return whether they were not."""
    started = time.monotonic()
    try:
        with connection.transaction():
            found = connection.execute("SELECT tell_hour()").fetchone()
    except psycopg.errors.SerializationFailure:  # another process has told it meanwhile
        return False
    hour = found[0] if found else None
    if hour is None:
        return False
    log.info("told %s in %.1f s", hour.isoformat(), time.monotonic() - started)
    return True


def in_short(error: psycopg.Error) -> str:
    """Return the first line of what Postgres says."""
    return str(error).partition("\n")[0]


if __name__ == "__main__":
    main()
