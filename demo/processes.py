"""The demo's own processes: the flow and the simulator."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from analytics.migrate import migrate
from dataflows import recovery
from stack.endpoints import Endpoints

ROOT = Path(__file__).parents[1]
SNAPSHOT_SECONDS = 2


class Flow:
    """`python -m bytewax.run dataflows.churn`, with its recovery store in the home."""

    def __init__(self, home: Path, endpoints: Endpoints) -> None:
        self.log = home / "logs" / "churn.log"
        self._store = home / "recovery"
        self._endpoints = endpoints
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Prepare the recovery store and the schema, and start."""
        recovery.prepare(self._store)
        with psycopg.connect(self._endpoints.analytics_dsn, autocommit=True) as analytics:
            migrate(analytics)
        arguments = ["-r", str(self._store), "-s", str(SNAPSHOT_SECONDS), "-b", "0"]
        self._process = start(["bytewax.run", "dataflows.churn", *arguments], self._endpoints, self.log)

    def stop(self) -> int:
        """End cleanly, with a last snapshot; return the exit code."""
        assert self._process is not None, "start it first"  # noqa: S101
        self._process.terminate()
        return self._process.wait(timeout=60)

    def kill(self) -> None:
        """End at once, as a power cut would."""
        assert self._process is not None, "start it first"  # noqa: S101
        self._process.kill()
        self._process.wait()

    def check(self) -> None:
        """Raise RuntimeError, with the end of the log, where the flow has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            msg = f"the flow ended with code {self._process.returncode}; the end of {self.log}:\n{tail}"
            raise RuntimeError(msg)


def start(
    arguments: list[str], endpoints: Endpoints, log: Path, *, report: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a module of this project, deaf to the terminal's Ctrl-C: the demo ends its processes in order.

    What it prints goes to the log; its stdout to `report` where one is given (subprocess.PIPE).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | endpoints.variables(),
            stdin=subprocess.DEVNULL,
            stdout=file if report is None else report,
            stderr=file,
            start_new_session=True,
        )
