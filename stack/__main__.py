"""The command line: python -m stack up|down|status."""

import argparse
import sys
from pathlib import Path

from stack.endpoints import Endpoints
from stack.error import StackError
from stack.part import say
from stack.stack import Stack


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m stack",
        description="Two Postgres servers, Kafka and Connect with Debezium as processes, without Docker.",
    )
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument(
        "--home", type=Path, default=Path(".stack"), help="folder of data, logs and passwords"
    )
    parser.add_argument(
        "--heartbeat-ms",
        type=int,
        default=1000,
        help="interval of the shop clock's ticks, used when Connect starts",
    )
    arguments = parser.parse_args()
    stack = Stack(arguments.home, arguments.heartbeat_ms)
    try:
        if arguments.command != "up":
            Endpoints.load(arguments.home)  # says so where there is no stack
        if arguments.command == "up":
            stack.up()
            say(f"The stack is up. Addresses and passwords: {stack.home.path / 'env'}")
        elif arguments.command == "down":
            stack.down()
        else:
            return print_status(stack)
    except StackError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. What was started keeps running; `python -m stack down` stops it.")
        return 130
    return 0


def print_status(stack: Stack) -> int:
    """Print a table of the parts; return 1 if one of them is not running."""
    rows = stack.status()
    for row in (("PART", "STATE", "PID", "ADDRESS"), *rows):
        print("{:<10} {:<14} {:<8} {}".format(*row))
    return 0 if all(state == "RUNNING" for _, state, _, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
