"""The recovery store: made once, and cleared of what a crash has left uncommitted before each start.

Bytewax never purges the rows of an epoch that did not complete. After a second crash they can be read back as
if they had been committed, so they are deleted while no flow runs.
"""

import argparse
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

SCRUB_SECONDS = 30.0
PARTITIONS = 64  # resume time grows with the square of the keys a partition holds


def prepare(directory: Path, partitions: int = PARTITIONS) -> int:
    """Make the store where there is none, else purge it; return how many rows were purged.

    Raises RuntimeError where the directory holds only a part of the store's files: the epoch to resume from
    cannot be known then.
    """
    files = sorted(directory.glob("part-*.sqlite3"))
    if not files:
        directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bytewax.recovery", str(directory), str(partitions)]
        subprocess.run(command, check=True)
        return 0
    [expected] = {count for (count,) in _rows(files, "SELECT part_count FROM parts")}
    if expected != len(files):
        msg = f"{directory} holds {len(files)} of the store's {expected} files: bring the others back first"
        raise RuntimeError(msg)
    epoch = _resume_epoch(files)
    return sum(_purge(file, epoch) for file in files)


def scrub(directory: Path) -> None:
    """Clear the store's files of what its rows no longer hold, while a flow may run.

    SQLite deletes a row by forgetting where it stands, and keeps older pages in its log: an erased customer's
    bytes are gone from the rows after two snapshots, from the files only after this. Raises RuntimeError
    where there is no store, or the flow holds a file for too long.
    """
    files = sorted(directory.glob("part-*.sqlite3"))
    if not files:
        msg = f"{directory} holds no store: name the directory that -r of bytewax.run names"
        raise RuntimeError(msg)
    for file in files:
        with closing(sqlite3.connect(file, timeout=SCRUB_SECONDS)) as store:
            store.execute("PRAGMA secure_delete = ON")
            store.execute("VACUUM")
            [is_busy, *_] = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            msg = f"{file} is in use: try again"
            raise RuntimeError(msg)


def _resume_epoch(files: list[Path]) -> int:
    """Return the epoch Bytewax will resume from: the one that every worker of the last execution reached."""
    executions = _rows(files, "SELECT ex_num, worker_count, resume_epoch FROM exs")
    if not executions:
        return 1  # Bytewax's first epoch: nothing was ever committed
    execution, workers, started = max(executions)
    reached = dict.fromkeys(range(workers), started)
    for number, worker, frontier in _rows(files, "SELECT ex_num, worker_index, worker_frontier FROM fronts"):
        if number == execution:
            reached[worker] = max(reached[worker], frontier)
    return min(reached.values())


def _rows(files: list[Path], query: str) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for file in files:
        with closing(sqlite3.connect(file)) as store:
            rows += store.execute(query).fetchall()
    return rows


def _purge(file: Path, epoch: int) -> int:
    with closing(sqlite3.connect(file)) as store, store:
        return store.execute("DELETE FROM snaps WHERE snap_epoch >= ?", (epoch,)).rowcount


def main() -> None:
    """Prepare the store named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dataflows.recovery",
        description="Make the recovery store, or clear it of what a crash has left: before each start.",
    )
    parser.add_argument("directory", type=Path, help="the directory that -r of bytewax.run names")
    parser.add_argument(
        "--partitions", type=int, default=PARTITIONS, help="files of a new store (%(default)s)"
    )
    parser.add_argument(
        "--scrub",
        action="store_true",
        help="clear the files of deleted rows' bytes instead, as erasures demand; also while the flow runs",
    )
    arguments = parser.parse_args()
    if arguments.partitions < 1:
        parser.error("--partitions must be at least 1")
    try:
        if arguments.scrub:
            scrub(arguments.directory)
            sys.stderr.write(f"{arguments.directory} holds nothing but its rows\n")
            return
        purged = prepare(arguments.directory, arguments.partitions)
    except (RuntimeError, OSError, sqlite3.Error) as error:
        sys.exit(f"The recovery store cannot be used: {error}")
    sys.stderr.write(f"{arguments.directory} is ready; {purged} uncommitted rows were purged\n")


if __name__ == "__main__":
    main()
