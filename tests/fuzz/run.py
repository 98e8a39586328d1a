"""Many inputs, over all cores; the same seed makes the same ones."""

import multiprocessing
import random
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from models import MBGNBD
from operators.batch import Decoder
from operators.chunk import Chunk, Record
from operators.customer import Output
from operators.instant import DAY_US
from operators.order import Change, OrderChange
from operators.risk import Risk
from tests.fuzz.captured import SHOPS, Source
from tests.fuzz.expectation import check_batch, check_order, check_output
from tests.fuzz.mutation import Mutator
from tests.pipeline import Pipeline

BATCH_INPUTS = 5_000
STAGED_SHARE = 0.5
TOMBSTONE_SHARE = 0.005
MODEL = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
RULES = Risk(MODEL, "fuzz", threshold=0.5, quantile=0.9, lapse_days=90)
STREAM_TIMES_US = (0, 1_777_636_800_000_000, 1_777_636_800_000_000 + 1000 * DAY_US, 253_402_300_799_000_000)


@dataclass
class Tally:
    """What became of inputs."""

    inputs: int = 0
    accepted: int = 0
    ignored: int = 0
    staged: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class CheckedPipeline(Pipeline):
    """The stages, with a look at all that they tell the world."""

    def _pass(self, changes: list[Change], stage: int) -> None:
        for change in changes:
            if isinstance(change, OrderChange):
                check_order(change)
        super()._pass(changes, stage)

    def _take(self, output: Output) -> None:
        check_output(output)
        super()._take(output)


def run(inputs: int, seed: int) -> Tally:
    """Return what became of `inputs` inputs."""
    total = Tally()
    numbers = range(-(-inputs // BATCH_INPUTS))
    sizes = (min(BATCH_INPUTS, inputs - number * BATCH_INPUTS) for number in numbers)
    # Spawned: a fork of a process that has threads may hang.
    with multiprocessing.get_context("spawn").Pool() as pool:
        for tally in pool.imap_unordered(partial(batch, seed), zip(numbers, sizes, strict=True)):
            total.add(tally)
    return total


def batch(seed: int, numbered: tuple[int, int]) -> Tally:
    """Run one batch: of one shop, and with stages of its own."""
    number, inputs = numbered
    chance = random.Random(f"{seed}/{number}")
    name = list(SHOPS)[number % len(SHOPS)]
    decoder, pipeline = Decoder(SHOPS[name]), CheckedPipeline(SHOPS[name], RULES)
    tally = Tally()
    for record in _records(name, chance, inputs):
        try:
            _try(record, decoder, pipeline if chance.random() < STAGED_SHARE else None, tally)
        except Exception:
            trace = traceback.format_exc(limit=-4)
            tally.failures.append(f"shop {name!r}, batch {number}\n{record}\n{trace}")
    try:
        for now_us in STREAM_TIMES_US:
            pipeline.reach(now_us)
        pipeline.snapshots()
    except Exception:
        tally.failures.append(f"shop {name!r}, batch {number}, when time moved\n{traceback.format_exc()}")
    return tally


def _records(name: str, chance: random.Random, inputs: int) -> Iterator[Record]:
    source, mutator = Source(SHOPS[name], chance), Mutator(chance)
    for offset in range(inputs):
        topic, value = source.next()
        _, other = source.next()
        if chance.random() < TOMBSTONE_SHARE:
            yield Record(f"{topic}:0", offset, b"{}", None)
        else:
            yield Record(f"{topic}:0", offset, None, mutator.mutated(value, other))


def _try(record: Record, decoder: Decoder, pipeline: Pipeline | None, tally: Tally) -> None:
    topic, _, partition = record.source.rpartition(":")
    tally.inputs += 1
    batch = decoder.decode(Chunk(topic, int(partition), [record], record.offset + 1, {}))
    check_batch(batch, record)
    tally.ignored += batch.ignored
    tally.rejects.update(refused.reason for refused in batch.rejects)
    tally.accepted += not batch.ignored and not batch.rejects
    if pipeline is not None and batch.changes:
        tally.staged += 1
        pipeline.read([record])
