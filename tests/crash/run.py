"""A run: rounds of actions and faults, and the check at each round's end."""

import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from confluent_kafka import KafkaException

from tests.crash import check, erasures
from tests.crash.actions import Action, Generator
from tests.crash.faults import Faults
from tests.crash.plan import Fault, Planner, Round
from tests.crash.world import World
from tests.crash.writer import Writer
from tests.e2e import compare
from tests.e2e.topics import put

ACTIONS = 400
HISTORY_ACTIONS = 50
LOOK_EVERY = 50  # actions
SETTLE_SECONDS = (
    20.0  # what goes to the topics may come a moment later than the time in the table, and the snapshot
)


class Run:
    """One run: the world, what has been done to it, and what was found."""

    def __init__(self, seed: int, home: Path) -> None:
        self.world = World(home)
        self.faults = Faults(self.world)
        self.generator = Generator(seed)
        self.planner = Planner(seed, ACTIONS)
        self.actions: Counter[str] = Counter()
        self.garbage: dict[bytes, bytes] = {}
        self.found: check.Findings | None = None
        self.residue: dict[str, int] = {}  # those erased who are named where nothing reads it, by place
        self._stream = iter(self.generator)
        self._writer = Writer(self.world.endpoints.shop_dsn, self._bring_back_the_shop)

    def begin(self) -> None:
        """Bring the world up; the shop has lived before the connector comes, and reads it by a snapshot."""
        self.world.open_shop()
        for action in islice(self._stream, HISTORY_ACTIONS):
            self._do(action)
        self.world.connect_shop()
        self.world.start_flow(1)
        self.world.wait_until("the first stream time", lambda: compare.stream_time(self.world.endpoints))

    def round(self, number: int) -> list[str]:
        """Play a round; return what is wrong at its end."""
        plan = self.planner.round()
        say(f"round {number}: {plan.processes} process(es), {'; '.join(map(in_words, plan.faults))}")
        self._rescale(plan.processes)
        self._play(plan)
        self._finish()
        return self._check()

    def end(self) -> None:
        """End the flow cleanly, and look what its recovery store holds of whom the shop has erased."""
        flow = self.world.flow
        assert flow is not None
        self.faults.end_flow_cleanly()
        self.residue = erasures.residue(flow.store, self.generator.shop.erased)

    def close(self) -> None:
        """End everything."""
        self._writer.close()
        self.world.down()

    def _rescale(self, processes: int) -> None:
        flow = self.world.flow
        assert flow is not None
        if len(flow.processes) != processes:
            self.world.repeats.read()
            self.faults.end_flow_cleanly()
            self.world.start_flow(processes)

    def _play(self, plan: Round) -> None:
        faults = list(plan.faults)
        current: Fault | None = None
        for index, action in enumerate(islice(self._stream, ACTIONS)):
            if current is not None and index >= current.until:
                self.faults.mend()
                current = None
            if faults and index >= faults[0].at:
                self.faults.mend()
                current = faults.pop(0)
                self.faults.strike(current)
            if current is None and index % LOOK_EVERY == 0:
                self.world.keep_alive()
            self._do(action)
        self.faults.mend()

    def _do(self, action: Action) -> None:
        if action.garbage is None:
            self._writer.write(action)
        else:
            record = action.garbage
            self.garbage[record.key] = record.reason
            self._put(f"shop.{record.table}", record.key, record.value)
        self.actions[action.kind] += 1

    def _put(self, topic: str, key: bytes, value: bytes) -> None:
        try:
            put(self.world.endpoints.kafka_bootstrap, topic, key, value)
        except (IndexError, KafkaException):  # the broker is down
            self.faults.mend()
            put(self.world.endpoints.kafka_bootstrap, topic, key, value)

    def _bring_back_the_shop(self) -> None:
        self.faults.mend()
        self.world.stack.postgres.wait()

    def _finish(self) -> None:
        """Let time move once more, and wait until the flow has come to it."""
        shop = self.generator.shop
        shop.clock += timedelta(seconds=1)
        self._writer.tick(shop.clock)
        self.world.wait_until("the round's end", lambda: self._stream_time() >= shop.clock)
        self.world.repeats.read()

    def _stream_time(self) -> datetime:
        return compare.stream_time(self.world.endpoints)[0]

    def _check(self) -> list[str]:
        deadline = time.monotonic() + SETTLE_SECONDS
        flow, erased = self.world.flow, self.generator.shop.erased
        assert flow is not None
        while True:
            self.found = check.findings(self.world.endpoints, flow.store, self.garbage, erased)
            if not self.found.lines() or time.monotonic() > deadline:
                return self.found.lines()
            time.sleep(1)


def in_words(fault: Fault) -> str:
    """Return a fault as a line of the log."""
    how = "SIGTERM to" if fault.is_clean else "kill -9 of"
    again = "" if fault.again_s is None else f", the flow again after {fault.again_s:.1f} s"
    return f"{how} {' and '.join(fault.targets)} at action {fault.at}{again}"


def say(message: str) -> None:
    """Print a line of progress."""
    print(f"{datetime.now():%H:%M:%S} {message}", file=sys.stderr, flush=True)  # noqa: DTZ005
