"""The command line: python -m models."""

import argparse
import sys
from collections.abc import Sequence

from models.backtest import command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m models", description="The lifetime models, on a shop's own history."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command.add_to(commands)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
