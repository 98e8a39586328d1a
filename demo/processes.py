"""The demo's own processes: the flow and the simulator."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psycopg

from analytics.migrate import migrate
from dataflows import recovery
from stack.endpoints import Endpoints

ROOT = Path(__file__).parents[1]
SNAPSHOT_SECONDS = 2
END_SECONDS = 60.0
PEERS_SECONDS = 10.0


class Flow:
    """`python -m bytewax.run dataflows.churn`, one process or a cluster; its recovery store is in the home.

    A cluster's processes live and die together: where one ends, the others end, and all are started again.
    `environment` is added to ours, for each process.
    """

    def __init__(
        self,
        home: Path,
        endpoints: Endpoints,
        *,
        processes: int = 1,
        snapshot_seconds: int = SNAPSHOT_SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = home / "logs" / "churn.log"
        self.store = home / "recovery"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._endpoints = endpoints
        self._count = processes
        self._snapshot_seconds = snapshot_seconds
        self._environment = environment or {}

    def start(self) -> None:
        """Prepare the recovery store and the schema, and start."""
        recovery.prepare(self.store)
        with psycopg.connect(self._endpoints.analytics_dsn, autocommit=True) as analytics:
            migrate(analytics)
        self.launch()

    def launch(self) -> None:
        """Start upon the recovery store as it is."""
        command = ["bytewax.run", "dataflows.churn", "-r", str(self.store), "-b", "0"]
        command += ["-s", str(self._snapshot_seconds)]
        addresses = ";".join(free_addresses(self._count))
        self.processes = [
            start(
                command if self._count == 1 else [*command, "-i", str(index), "-a", addresses],
                self._endpoints,
                self.log,
                environment=self._environment,
            )
            for index in range(self._count)
        ]

    def stop(self) -> int:
        """End cleanly, with a last snapshot; return the exit code, of a cluster the worst."""
        return max(abs(code) for code in self._end(signal.SIGTERM))

    def kill(self, index: int | None = None) -> None:
        """End all at once, or one of a cluster, as a power cut would."""
        if index is None:
            self._end(signal.SIGKILL)
        else:
            self.processes[index].kill()
            self.processes[index].wait()

    def supervise(self) -> list[int]:
        """Start all again where a process has ended by itself; return the exit codes, none where all live.

        The others notice within seconds, and end. Not so while they have not met yet: then they wait for the
        one that has gone, for ever, and are ended.
        """
        if all(process.poll() is None for process in self.processes):
            return []
        try:
            codes = self.wait(PEERS_SECONDS)
        except subprocess.TimeoutExpired:
            codes = self._end(signal.SIGKILL)
        self.start()
        return codes

    def wait(self, seconds: float = END_SECONDS) -> list[int]:
        """Wait until all have ended by themselves; return their exit codes."""
        deadline = time.monotonic() + seconds
        return [process.wait(timeout=max(0, deadline - time.monotonic())) for process in self.processes]

    def check(self) -> None:
        """Raise RuntimeError, with the end of the log, where the flow has ended by itself."""
        codes = [process.poll() for process in self.processes]
        if any(code is not None for code in codes):
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            msg = f"the flow ended with code {codes}; the end of {self.log}:\n{tail}"
            raise RuntimeError(msg)

    def _end(self, signum: signal.Signals) -> list[int]:
        assert self.processes, "start it first"  # noqa: S101
        for process in self.processes:
            process.send_signal(signum)
        return self.wait()


def free_addresses(count: int) -> list[str]:
    """Return so many addresses of this machine on which nobody listens now."""
    with ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [f"127.0.0.1:{server.getsockname()[1]}" for server in servers]


def start(
    arguments: list[str],
    endpoints: Endpoints,
    log: Path,
    *,
    report: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a module of this project, deaf to the terminal's Ctrl-C: the demo ends its processes in order.

    What it prints goes to the log; its stdout to `report` where one is given (subprocess.PIPE).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | endpoints.variables() | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=file if report is None else report,
            stderr=file,
            start_new_session=True,
        )
