"""A small shop that lives, and everything that follows it, to break things in."""

import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import psycopg

from demo.history import write_history
from demo.processes import Flow, start
from stack.stack import Stack
from tests.e2e import compare
from tests.e2e.metrics import Metrics
from tests.e2e.waiting import wait_until

HEARTBEAT_MS = 250
CUSTOMERS = 400
SETTLE_SECONDS = 15
DAY_SECONDS = 0.25  # some ten changes a second


class Site:
    """One stack with its shop, and the flow of the test that goes on."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.stack = Stack(home, HEARTBEAT_MS)
        self.endpoints = self.stack.endpoints()
        self.flow = Flow(home, self.endpoints)
        self._metrics = Metrics(home)
        self._options: dict[str, object] = {}
        self._live: subprocess.Popen[bytes] | None = None
        self._simulator_log = home / "logs" / "simulator.log"
        self._log_offset = 0

    def up(self) -> None:
        write_history(self.stack, self._simulator_log, customers=CUSTOMERS, seed=1)
        self.stack.up()

    def down(self) -> None:
        self.mend()
        self.halt()
        self.stack.down()

    def halt(self) -> None:
        """Kill the flow, if it runs."""
        if self._is_flowing():
            self.flow.kill()

    def begin(self, **options) -> Flow:
        """Have such a flow run and the shop live, and wait until the one has caught up with the other."""
        if options != self._options or not self._is_flowing():
            if self._is_flowing():
                assert self.flow.stop() == 0, self.log()
            self.flow = Flow(self.home, self.endpoints, **(self._serving(options) | options))
            self._options = options
            self.flow.start()
        self._log_offset = self.flow.log.stat().st_size
        self.open()
        self.trade()
        self.wait_until_caught_up()
        return self.flow

    def mend(self) -> None:
        """Close the shop; start what a failed test has left dead, let go on what it has left paused."""
        self.close()
        for process in self.flow.processes:
            process.send_signal(signal.SIGCONT)
        for part in self.stack.parts:
            part.resume()
            part.start()

    def open(self) -> None:
        """Let the shop live."""
        command = ["simulator", "live", "--day-seconds", str(DAY_SECONDS)]
        self._live = start(command, self.endpoints, self._simulator_log)

    def close(self) -> int:
        """Let the shop's clock stand; return the simulator's exit code."""
        if self._live is not None:
            self._live.terminate()
        return self.wait_for_close()

    def wait_for_close(self) -> int:
        """Wait until the shop has closed by itself; return the simulator's exit code."""
        if self._live is None:
            return 0
        code = self._live.wait(timeout=60)
        self._live = None
        return code

    def trade(self, orders: int = 20) -> None:
        """Wait until so many more orders have been placed."""
        with psycopg.connect(self.endpoints.shop_dsn, autocommit=True) as shop:
            count = "SELECT count(*) FROM orders"
            [until] = shop.execute(count).fetchone()
            until += orders
            deadline = time.monotonic() + 120
            while shop.execute(count).fetchone()[0] < until:
                assert time.monotonic() < deadline, "nobody orders"
                time.sleep(0.1)

    def wait_until_caught_up(self) -> None:
        """Wait until stream time has come to where the shop's clock is now.

        A transaction that was open all through an outage has been aborted, and its task may fail.
        """
        with psycopg.connect(self.endpoints.shop_dsn) as shop:
            [now] = shop.execute("SELECT cdc.shop_now()").fetchone()

        def is_reached() -> bool:
            self.stack.connect.restart_failed()
            at = self.stream_time()
            return at is not None and at >= now

        wait_until(self.flow, "the shop's time", is_reached)

    def wait_until_time_stands(self) -> None:
        """Wait until stream time has stopped moving; it does so for as long as something is missing."""
        deadline = time.monotonic() + 60
        before = None
        while (now := self.stream_time()) != before:
            assert time.monotonic() < deadline, "stream time moves on"
            before = now
            time.sleep(2)

    def mismatches(self) -> list[str]:
        """Close the shop, catch up with it, and return what is not as its tables say."""
        assert self.close() == 0, self._simulator_log.read_text()
        self.wait_until_caught_up()
        # Stream time is told a moment before its alerts and, in a cluster, before the other processes' rows.
        deadline = time.monotonic() + SETTLE_SECONDS
        while found := compare.mismatches(self.endpoints):
            if time.monotonic() > deadline:
                return found
            time.sleep(1)
        return []

    def stream_time(self) -> datetime | None:
        found = compare.stream_time(self.endpoints)
        return found and found[0]

    def metric(self, name: str) -> float:
        """Return a metric as a flow of one process tells it."""
        lines = self._metrics.text().splitlines()
        [value] = [line.split()[-1] for line in lines if line.startswith(f"{name} ")]
        return float(value)

    def _serving(self, options: dict[str, object]) -> dict[str, object]:
        """What has a flow of one process serve its metrics."""
        if "processes" in options:
            return {}
        return {"environment": self._metrics.environment}

    def _is_flowing(self) -> bool:
        return any(process.poll() is None for process in self.flow.processes)

    def log(self) -> str:
        """What the flow has said since it began."""
        return self.flow.log.read_text(errors="replace")[self._log_offset :]

    def wait_for_log(self, text: str, timeout_seconds: float = 60) -> None:
        """Wait until the flow has said something."""
        wait_until(self.flow, text, lambda: text in self.log(), timeout_seconds)
