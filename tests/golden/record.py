"""Record Debezium's messages from the real connector, a file a configuration: python -m tests.golden.record.

It starts a stack of its own in a temporary folder, and ends it.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from stack.part import say
from stack.stack import Stack
from tests.golden.configuration import HERE, Configuration, configurations
from tests.golden.golden_record import write
from tests.golden.recording import Recorder

HEARTBEAT_MS = 250


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    known = configurations()
    parser = argparse.ArgumentParser(prog="python -m tests.golden.record", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)} (default: all)")
    parser.add_argument("--into", type=Path, default=HERE, metavar="FOLDER", help="default: the script's")
    parsed = parser.parse_args(arguments)
    if unknown := set(parsed.names) - known.keys():
        parser.error(f"there is no configuration {', '.join(sorted(unknown))}")
    record([known[name] for name in parsed.names or known], parsed.into)
    return 0


def record(wanted: list[Configuration], folder: Path) -> None:
    """Write the file of each configuration into a folder."""
    with TemporaryDirectory(prefix="golden-") as home:
        stack = Stack(Path(home), HEARTBEAT_MS)
        try:
            stack.up()
            with psycopg.connect(stack.endpoints().shop_admin_dsn, autocommit=True) as admin:
                recorder = Recorder(stack, admin)
                for configuration in wanted:
                    began = time.monotonic()
                    records = recorder.record(configuration)
                    write(configuration.name, records, folder)
                    say(f"{configuration.name}: {len(records)} records in {time.monotonic() - began:.0f} s")
        finally:
            stack.down()


if __name__ == "__main__":
    sys.exit(main())
