"""The schema's migrations: each file of `migrations/` is applied once, in the order of names."""

import argparse
import hashlib
import sys
from pathlib import Path

import psycopg

FOLDER = Path(__file__).with_name("migrations")
LOCK = 0x72_65_74_65_6E_74  # any number that no other program locks in this database

_CREATE = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


class MigrationChangedError(RuntimeError):
    """A file was changed after it had been applied."""


def migrate(connection: psycopg.Connection, folder: Path = FOLDER) -> list[str]:
    """Apply what has not been applied yet, each in a transaction; return the names.

    The connection must be in autocommit mode. Several processes may do this at once: they take turns. Raises
    MigrationChangedError before anything is applied.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        connection.execute(_CREATE)
        applied: dict[str, str] = dict(connection.execute("SELECT name, checksum FROM migrations"))
        pending = _pending(folder, applied)
        for file in pending:
            with connection.transaction():
                connection.execute(file.read_bytes())
                connection.execute(
                    "INSERT INTO migrations (name, checksum) VALUES (%s, %s)", (file.name, _checksum(file))
                )
        return [file.name for file in pending]
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _pending(folder: Path, applied: dict[str, str]) -> list[Path]:
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if file.name in applied and applied[file.name] != _checksum(file):
            msg = (
                f"{file.name} has been changed since it was applied to this database: "
                "put the file back as it was, and write what is new into a file of its own"
            )
            raise MigrationChangedError(msg)
    return [file for file in files if file.name not in applied]


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Migrate the database named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m analytics.migrate", description=__doc__)
    parser.add_argument("--dsn", required=True, help="postgresql:// URL of the analytics database")
    dsn = parser.parse_args().dsn
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            names = migrate(connection)
    except (psycopg.Error, MigrationChangedError) as error:
        sys.exit(f"The database was not migrated: {error}")
    sys.stderr.write(f"applied: {', '.join(names) or 'nothing, the schema is up to date'}\n")


if __name__ == "__main__":
    main()
