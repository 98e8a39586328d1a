"""The command line: python -m alerts."""

import argparse
import sys
from collections.abc import Sequence

from alerts import tail


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m alerts", description="The alerts of the running flow, for people to read."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    tail.add_to(commands)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
