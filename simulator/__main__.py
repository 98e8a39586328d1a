"""The simulator's commands: `history` fills an empty shop, `live` continues it."""

import argparse
import json
import math
import os
import signal
import sys
from datetime import UTC, datetime
from threading import Event

from simulator.history import stop_clock, write_history
from simulator.instants import from_datetime
from simulator.live import run_live
from simulator.population import DROPOUTS, Population
from simulator.preset import PRESETS
from simulator.shop import ShopError

_DESCRIPTION = """\
A demo shop with a known truth. Seeded customers arrive, order, and drop out unseen, in a Postgres that has
the tables of simulator/shop.sql; what a shop cannot see (rates, dropouts, final orders) goes to its schema
`truth`.

  python -m simulator history --customers 5000 --days 365 --seed 1
  python -m simulator live --day-seconds 1

The shop's clock is the SQL function cdc.shop_now(). It stands at the history's end until `live` moves it,
and stops whenever `live` stops: every change before it is committed, so no order ever comes in behind it."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; print its summary to stdout as one line of JSON. Return the exit status."""
    options = _parser().parse_args(arguments)
    options.dsn = options.dsn or os.environ.get("SHOP_DSN")
    if not options.dsn:
        print(
            "simulator: which shop? Set SHOP_DSN or pass --dsn postgresql://shop@host:port/shop",
            file=sys.stderr,
        )
        return 2
    try:
        print(json.dumps(options.run(options)))
    except ShopError as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    return 0


def _history(options: argparse.Namespace) -> dict[str, int | str]:
    population = Population(
        seed=options.seed,
        preset=options.preset,
        dropout=options.dropout,
        regularity=options.regularity,
        customers=options.customers,
        days=options.days,
        until_us=from_datetime(options.until or stop_clock(options.dsn)),
    )
    return write_history(options.dsn, population)


def _live(options: argparse.Namespace) -> dict[str, int | str]:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return run_live(options.dsn, options.day_seconds, options.days, stop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_history(commands.add_parser("history", help="fill an empty shop with its past"))
    _add_live(commands.add_parser("live", help="continue a shop where its clock stands"))
    for command in commands.choices.values():
        command.add_argument("--dsn", help="the shop's Postgres; if not given, SHOP_DSN from the environment")
    return parser


def _add_history(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_history)
    add = parser.add_argument
    add(
        "--customers",
        type=positive_integer,
        default=5000,
        help="people who arrive in the history, and again in each such time after it (%(default)s)",
    )
    add("--days", type=positive_integer, default=365, help="length of the history (%(default)s)")
    add(
        "--seed",
        type=natural_number,
        default=1,
        help="equal seeds and options give equal shops (%(default)s)",
    )
    add("--preset", choices=PRESETS, default="modern", help="whose buying habits (%(default)s)")
    add(
        "--dropout",
        choices=DROPOUTS,
        default="pareto",
        help="pareto: at any time; mbg: by a coin after each order; bg: not after the first (%(default)s)",
    )
    add(
        "--regularity",
        type=positive_number,
        default=1.0,
        metavar="K",
        help="gaps between orders are Gamma(K, K·rate): 1 is random, 3 is steady (%(default)s)",
    )
    add(
        "--until",
        type=timestamp,
        metavar="TIMESTAMP",
        help="end of the history, in ISO 8601, in UTC unless it names a zone (now); for a shop without a "
        "connector, which would see its clock go back",
    )


def _add_live(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_live)
    parser.add_argument(
        "--day-seconds",
        type=positive_number,
        default=86_400.0,
        metavar="SECONDS",
        help="how long a day of the shop takes; a busy database slows it down (86400: real time)",
    )
    parser.add_argument(
        "--days", type=positive_number, help="end after so many days of the shop (else at SIGTERM or SIGINT)"
    )


# argparse shows these functions' names where a value does not fit.


def positive_integer(text: str) -> int:
    """Parse a whole number of at least 1."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def natural_number(text: str) -> int:
    """Parse a whole number of at least 0."""
    if int(text) < 0:
        raise ValueError
    return int(text)


def positive_number(text: str) -> float:
    """Parse a finite number above 0."""
    if not 0 < float(text) < math.inf:
        raise ValueError
    return float(text)


def timestamp(text: str) -> datetime:
    """Parse an ISO 8601 timestamp, in UTC unless it names a zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
