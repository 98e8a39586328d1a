"""What the smoke test plays in: the stack, the flow, and a shop that lives when it is told to."""

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psycopg

from demo.processes import Flow, start
from stack.endpoints import Endpoints
from stack.stack import Stack
from tests.e2e import compare
from tests.e2e.waiting import wait_until
from tests.operators.oracle import Rules

SETTLE_SECONDS = 20.0
REPEATED = ("threshold", "lapse_days", "hysteresis", "cooldown_days", "campaign", "control_share")


class Scene:
    """One home; the flow alerts by `rules`, and a day of the shop takes `day_seconds`."""

    def __init__(self, stack: Stack, day_seconds: float, rules: Rules) -> None:
        self.stack = stack
        self.home = stack.home.path
        self.endpoints: Endpoints = stack.endpoints()
        self.rules = rules
        self.flow = Flow(self.home, self.endpoints, environment=environment(rules))
        self.simulator_log: Path = self.home / "logs" / "simulator.log"
        self._day_seconds = day_seconds

    def down(self) -> None:
        """End everything, also what a failure has left."""
        if any(process.poll() is None for process in self.flow.processes):
            self.flow.kill()
        self.stack.down()

    def open(self, days: float) -> subprocess.Popen[bytes]:
        """Let the shop live for so many days."""
        length = ["--day-seconds", str(self._day_seconds), "--days", str(days)]
        command = ["simulator", "live", *length]
        return start(command, self.endpoints, self.simulator_log, report=subprocess.PIPE)

    def closed(self, live: subprocess.Popen[bytes]) -> dict[str, int]:
        """Wait until the shop's days are over, and return the simulator's report."""
        report = json.loads(live.communicate()[0])
        assert live.returncode == 0, self.simulator_log.read_text()
        return report

    def shop_now(self) -> datetime:
        """Return the shop's clock."""
        with psycopg.connect(self.endpoints.shop_dsn) as shop:
            return shop.execute("SELECT cdc.shop_now()").fetchone()[0]

    def catch_up(self) -> None:
        """Wait until stream time has passed everything the shop has committed."""
        end = self.shop_now()
        wait_until(self.flow, "the end", lambda: (now := self.stream_time()) and now >= end)

    def stream_time(self) -> datetime | None:
        """Return stream time, None before the first."""
        found = compare.stream_time(self.endpoints)
        return found and found[0]

    def settle(self) -> list[str]:
        """Catch up, and return what the alerts' topic lacks; it comes a moment later than the time."""
        self.catch_up()
        deadline = time.monotonic() + SETTLE_SECONDS
        while found := compare.alert_mismatches(self.endpoints, self.rules):
            if time.monotonic() > deadline:
                return found
            time.sleep(1)
        return []


def environment(rules: Rules) -> dict[str, str]:
    """Return the flow's settings for rules."""
    return {f"RETENTIONCAST_{name.upper()}": str(getattr(rules, name)) for name in REPEATED}


def say(message: str) -> None:
    """Print a line of progress."""
    print(f"{datetime.now():%H:%M:%S} {message}", file=sys.stderr, flush=True)  # noqa: DTZ005
