"""The real flow on a real broker and a real database, for as long as it is measured."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString, Self

import psycopg

from demo.processes import Flow
from stack import artifacts, stack, topics
from stack.java import find_java
from stack.part import say
from stack.stack import Stack

PATIENCE_SECONDS = 3600.0
LOOK_EVERY_SECONDS = 0.5
SAY_EVERY_SECONDS = 10.0


class LiveFlow:
    """A context: servers run in it, and the flow from `start` on; all of it ends with it."""

    def __init__(self, home: Path, snapshot_seconds: int) -> None:
        self._stack = Stack(home)
        self._flow = Flow(home, self._stack.endpoints(), snapshot_seconds=snapshot_seconds)
        self.bootstrap = self._stack.kafka.bootstrap
        self.dsn = self._stack.endpoints().analytics_dsn

    def __enter__(self) -> Self:
        """Start the broker and the database."""
        try:
            self._start_servers()
        except BaseException:
            self._stack.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if any(process.poll() is None for process in self._flow.processes):
            self._flow.kill()
        self._stack.down()

    def start(self) -> None:
        """Start the flow."""
        self._flow.start()

    def rows(self) -> int:
        """Return how many customers have a row."""
        return self._ask("SELECT count(*) FROM rfm")

    def stream_time_us(self) -> int:
        """Return how far stream time has come, 0 before the first heartbeat."""
        return self._ask("SELECT coalesce(max((1e6 * extract(epoch FROM now))::bigint), 0) FROM stream_time")

    def wait_until(self, is_reached: Callable[[], bool], progress: Callable[[], str]) -> None:
        """Wait for something, telling progress; the flow must be alive meanwhile."""
        began = said = time.monotonic()
        while not is_reached():
            self._flow.check()
            now = time.monotonic()
            if now - said > SAY_EVERY_SECONDS:
                said = now
                say(f"{now - began:.0f} s: {progress()}")
            if now - began > PATIENCE_SECONDS:
                msg = f"after {PATIENCE_SECONDS:.0f} s there are only {progress()}"
                raise TimeoutError(msg)
            time.sleep(LOOK_EVERY_SECONDS)

    def _ask(self, query: LiteralString) -> int:
        with psycopg.connect(self.dsn) as analytics:
            [[number]] = analytics.execute(query).fetchall()
        return int(number)

    def _start_servers(self) -> None:
        artifacts.install(find_java())
        kafka, analytics = self._stack.kafka, self._stack.analytics
        kafka.launch()
        analytics.start()
        password = self._stack.home.secret("retentioncast")
        database = {"DATABASE": "analytics", "ROLE": "retentioncast", "PASSWORD": password}
        analytics.run_sql(stack.HERE / "database.sql", "postgres", "postgres", **database)
        kafka.wait()
        topics.create_topics(kafka.bootstrap)
