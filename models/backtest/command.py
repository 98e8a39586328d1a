"""The command line: python -m models backtest."""

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from models.backtest import orders, report
from models.backtest.comparison import compare

DESCRIPTION = """\
Which threshold should the shop choose? Replays its orders: a model is fitted every --refit-days to the orders
until then, and each rule alerts as it would have done. A silence that lasts --churn-days is churn.

The CSV has a header and columns customer_id and placed_at (ISO 8601; UTC where no zone is given):

  psql "$SHOP_DSN" -c "COPY ($(python -m dataflows.shop demo history)) TO STDOUT CSV HEADER" |
      python -m models backtest -

precision: share of the alerts that came before --churn-days whose silence became churn
recall: share of the churned silences that were alerted before they were that long
median lead days: how long before that, over all churned silences; 0 where there was no alert in time

docs/backtest.md says what is judged, and what is not."""

QUIET_SECONDS = 2.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of `python -m models`."""
    parser = commands.add_parser(
        "backtest",
        help="compare thresholds and fixed rules on a shop's own orders",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("orders", help="a CSV of orders, or - for standard input")
    parser.add_argument(
        "--refit-days", type=_days, default=30, metavar="N", help="days between two fits (%(default)s)"
    )
    parser.add_argument(
        "--churn-days", type=_days, default=180, metavar="N", help="a silence so long is churn (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the table as JSON lines")
    parser.add_argument(
        "--plot", type=_plot, metavar="FILE", help="draw to FILE.png, or with the table to FILE.html"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the backtest; return the exit status."""
    try:
        if arguments.plot:
            _require_plots()
        read = _read(arguments.orders)
        comparison = compare(read, arguments.refit_days, arguments.churn_days, Progress(sys.stderr))
        if arguments.plot:
            from models.backtest import figure  # noqa: PLC0415 - needs the extra `plots`

            figure.write(comparison, arguments.plot)
    except (ValueError, OSError) as error:
        print(f"backtest: {error}", file=sys.stderr)
        return 1
    words = sys.stderr if arguments.json else sys.stdout
    if read.guest_orders:
        print(f"{read.guest_orders:,} orders name no customer and are left out.", file=words)
    print(report.basis(comparison), end="\n\n", file=words)
    print(report.json_lines(comparison) if arguments.json else report.table(comparison))
    print("\n" + report.verdict(comparison), file=words)
    return 0


class Progress:
    """Tells of long work, now and then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = time.monotonic()

    def __call__(self, message: str) -> None:
        """Write the message unless another was written just before."""
        if time.monotonic() - self._told >= QUIET_SECONDS:
            self._told = time.monotonic()
            print(f"backtest: {message}", file=self._stream, flush=True)


def _read(name: str) -> orders.Orders:
    source = sys.stdin.fileno() if name == "-" else name
    with open(
        source, encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=name != "-"
    ) as file:
        return orders.read(file)


def _require_plots() -> None:
    try:
        import matplotlib  # noqa: F401, PLC0415
    except ImportError as error:
        msg = "--plot needs matplotlib: install the extra `plots` of pyproject.toml"
        raise ValueError(msg) from error


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text} is not a whole number of days, 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _plot(text: str) -> Path:
    path = Path(text)
    if path.suffix not in {".png", ".html"}:
        msg = f"{text} ends neither in .png nor in .html"
        raise argparse.ArgumentTypeError(msg)
    return path
