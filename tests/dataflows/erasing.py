"""A flow that erases customers and goes on: python -m tests.dataflows.erasing STORE tells each snapshot."""

import sys
import time
from datetime import timedelta
from pathlib import Path

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig
from bytewax.testing import run_main

from models import MBGNBD
from operators.risk import Risk
from tests.dataflows.scripted import Outside, built
from tests.dataflows.world import World
from tests.shop_files import EVERYTHING

WORLD = World(5, EVERYTHING, steps=300)
EPOCH = timedelta(milliseconds=50)


class Partition(StatefulSourcePartition):
    """A partition that, once read, stays: the flow lives on."""

    def __init__(self, source, offset):
        self.source, self.offset = source, offset

    def next_batch(self):
        time.sleep(0.002)
        chunk = WORLD.chunk(self.source, self.offset, self.offset + 10)
        self.offset = chunk.position
        return [chunk] if chunk.records else []

    def snapshot(self):
        if self.offset >= len(WORLD.logs[self.source]):
            print("read", flush=True)
        return self.offset


class Source(FixedPartitionedSource):
    def list_parts(self):
        return list(WORLD.logs)

    def build_part(self, _step_id, for_part, resume_state):
        return Partition(for_part, resume_state or 0)


def main(store: Path) -> None:
    risk = Risk(
        MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284), "test", threshold=0.5, quantile=0.9, lapse_days=90
    )
    flow = built(Source(), WORLD, Outside(WORLD), risk)
    run_main(flow, epoch_interval=EPOCH, recovery_config=RecoveryConfig(store, timedelta(0)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
