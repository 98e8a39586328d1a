"""The command line: python -m demo."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.live import Live

from demo import panel
from demo.dashboard import Dashboard, open_browser
from demo.history import write_history
from demo.processes import Flow, start
from demo.reading import Reader, Reading
from stack.endpoints import Endpoints
from stack.error import StackError
from stack.stack import Stack

HEARTBEAT_MS = 250
FRAME_SECONDS = 0.5

EPILOG = """\
The flow takes the settings that stand in the environment (python -m dataflows.settings prints them), but for
the addresses, which are the demo's own:

  RETENTIONCAST_ALERTS_A_DAY=20 RETENTIONCAST_CONTROL_SHARE=0.1 python -m demo"""

console = Console(stderr=True)


def main() -> int:
    """Run the demo and return the exit status."""
    arguments = parse()
    stack = Stack(arguments.home, HEARTBEAT_MS)
    log = arguments.home / "logs" / "simulator.log"
    try:
        write_history(stack, log, customers=arguments.customers, seed=arguments.seed)
        stack.up()
        run(arguments, stack.endpoints(), log)
    except (StackError, RuntimeError) as error:
        console.print(f"[red]error:[/] {error}", highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Ending …")
    finally:
        stack.down()
    console.print(f"Data and logs are kept in {arguments.home}; delete it to begin anew.")
    return 0


def parse() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="A simulated shop, the stack, the churn flow and its dashboard on this machine. "
        "Ctrl-C ends all of it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--customers", type=int, default=5000, help="customers of the history (%(default)s)")
    parser.add_argument("--days", type=int, help="end after so many days of the shop's time; default: never")
    parser.add_argument(
        "--day-seconds", type=float, default=1.0, help="seconds a shop day takes (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another shop (%(default)s)")
    parser.add_argument(
        "--home", type=Path, default=Path(".stack"), help="folder of data and logs (%(default)s)"
    )
    return parser.parse_args()


def run(arguments: argparse.Namespace, endpoints: Endpoints, log: Path) -> None:
    """Start the flow, let the shop live, show it, and end both."""
    dashboard = Dashboard(arguments.home, endpoints)
    flow = Flow(arguments.home, endpoints, environment=dashboard.flow_environment)
    flow.start()
    dashboard.start()
    if not console.is_terminal:  # where no panel is shown
        console.print(f"Dashboard: {dashboard.url}", highlight=False, soft_wrap=True)
    reader = Reader(endpoints)
    live: subprocess.Popen[bytes] | None = None
    try:
        with Live(console=console, auto_refresh=False, transient=True) as screen:
            watch = partial(show, screen, flow, reader, dashboard.url)
            watch(until=lambda reading: reading.stream_time is not None)
            open_browser(dashboard.url)
            live = start(live_arguments(arguments), endpoints, log, report=subprocess.PIPE)
            watch(until=lambda _: live.poll() is not None)
    except KeyboardInterrupt:
        console.print("Ending …")
    finally:
        dashboard.stop()
        console.print(finish(live, flow, reader), highlight=False, soft_wrap=True)


def live_arguments(arguments: argparse.Namespace) -> list[str]:
    """Return the simulator's command line for the live shop."""
    ending = [] if arguments.days is None else ["--days", str(arguments.days)]
    return ["simulator", "live", "--day-seconds", str(arguments.day_seconds), *ending]


def show(screen: Live, flow: Flow, reader: Reader, url: str, until: Callable[[Reading], bool]) -> None:
    """Show a frame every half second until a reading satisfies `until`."""
    while True:
        flow.check()
        reading = reader.read()
        screen.update(panel.render(reading, url), refresh=True)
        if until(reading):
            return
        time.sleep(FRAME_SECONDS)


def finish(live: subprocess.Popen[bytes] | None, flow: Flow, reader: Reader) -> str:
    """End the live shop, let the flow read to its end, end the flow; return the closing words."""
    report = ""
    if live is not None:
        live.terminate()
        report = "The simulator: " + live.communicate(timeout=60)[0].decode().strip() + "\n"
        time.sleep(2 * HEARTBEAT_MS / 1000 + 1)
    reading = reader.read()
    reader.close()
    flow.stop()
    return report + panel.summary(reading)


if __name__ == "__main__":
    sys.exit(main())
