"""The command line: python -m alerts tail."""

import argparse
import itertools
import os
import sys
from datetime import UTC, datetime

from alerts import settings, topic
from alerts.event import SUPPRESSED, TYPES, to_json
from alerts.selection import Selection
from alerts.words import in_words
from connectors.errors import ConnectorError

EPILOG = f"""\
Where to read is told by environment variables, as the flow is told:
{settings.describe()}
Beside `make demo` or `python -m stack up`: set -a; . .stack/env; set +a

Times are the shop's, in UTC. A customer's alerts come in their order; those of different customers are in
several partitions, which are read by turns, so their times may go back and forth.
docs/subscribe.md says what each type asks of a subscriber."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of `python -m alerts`."""
    parser = commands.add_parser(
        "tail",
        help="print alerts as they come",
        description="Print alerts as they come, in words or as JSON, one a line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    types = ", ".join(TYPES)
    parser.add_argument(
        "--type",
        action="append",
        choices=TYPES,
        default=[],
        dest="types",
        metavar="TYPE",
        help=f"only these, may be repeated: {types}; default: all but suppressed ones",
    )
    parser.add_argument("--level", choices=("AT_RISK", "LAPSED"), help="only alerts of this level")
    parser.add_argument("--customer", metavar="ID", help="only this customer's")
    parser.add_argument(
        "--arm", choices=("treatment", "control"), help="only this arm's; default: both, control marked"
    )
    parser.add_argument("--from-beginning", action="store_true", help="begin with what is on the topic")
    parser.add_argument(
        "--since",
        type=instant,
        metavar="INSTANT",
        help="begin with what is on the topic and happened then or later, as in 2026-05-03T09:12:00Z",
    )
    parser.add_argument("--json", action="store_true", help="print each value with its type, as JSON lines")
    parser.add_argument("-n", type=count, metavar="COUNT", help="end after so many; default: never")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print until enough is printed, or nobody reads on; return the exit status."""
    found = settings.load()
    selection = Selection(options.types, options.level, options.customer, options.arm, options.since)
    from_beginning = options.from_beginning or options.since is not None
    if not options.types:
        topic.say(f"suppressed ones are not shown; --type {SUPPRESSED} shows them")
    try:
        events = topic.events(found.kafka(), found.alerts_topic, from_beginning=from_beginning)
        for event in itertools.islice(filter(selection.takes, events), options.n):
            print(to_json(event).decode() if options.json else in_words(event), flush=True)
    except ConnectorError:  # it has been logged, in words that say what to do
        return 1
    except BrokenPipeError:  # as of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
    except KeyboardInterrupt:
        pass
    return 0


def instant(text: str) -> datetime:
    """Return the instant that a text names, in UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text} is no instant, as 2026-05-03 or 2026-05-03T09:12:00Z is one"
        raise argparse.ArgumentTypeError(msg) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def count(text: str) -> int:
    """Return a whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text} is not a whole number, 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
