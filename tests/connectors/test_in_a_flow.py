"""The connectors under Bytewax: crashed and resumed from a recovery store, until all has been copied."""

import random
import threading
from contextlib import nullcontext
from datetime import timedelta

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.recovery import RecoveryConfig
from bytewax.testing import run_main

from connectors.kafka_sink import KafkaSink
from connectors.kafka_source import KafkaSource
from dataflows import recovery
from operators.message import Message

pytestmark = pytest.mark.stack

CRASHES = 8
VALUES = [b"%d" % number for number in range(3000)]


class Watch:
    """Ends a flow by a crash after some chunks, or cleanly once all partitions have been read."""

    def __init__(self, ends, chunks_max):
        self.stopping = threading.Event()
        self._ends = ends
        self._chunks_left = chunks_max
        self._positions = {}

    def __call__(self, chunk):
        self._chunks_left -= 1
        if self._chunks_left == 0:
            raise ArithmeticError
        self._positions[chunk.source] = chunk.position
        if self._positions == self._ends:
            self.stopping.set()
        return chunk


def messages_of(chunk):
    return [
        (str(record.offset), Message(record.value.decode(), None, record.value, []))
        for record in chunk.records
    ]


def copy(kafka, source_topic, sink_topic, watch):
    flow = Dataflow("copy")
    source = KafkaSource(kafka.config, [source_topic], source_topic, stopping=watch.stopping)
    chunks = op.map("watch", op.input("in", flow, source), watch)
    messages = op.flat_map("messages", chunks, messages_of)
    op.output("out", messages, KafkaSink(kafka.config, sink_topic, "id", sink_topic))
    return flow


@pytest.mark.parametrize("seed", range(2))
def test_every_record_is_copied_once_whatever_crashes(kafka, tmp_path, monkeypatch, seed):
    monkeypatch.setattr("connectors.kafka_source.CHUNK_RECORDS_MAX", 50)
    dice = random.Random(seed)
    source_topic, sink_topic = kafka.make_topic(2), kafka.make_topic(3)
    half = len(VALUES) // 2
    kafka.send(source_topic, *VALUES[:half], partition=0)
    kafka.send(source_topic, *VALUES[half:], partition=1)
    ends = {f"{source_topic}:0": half, f"{source_topic}:1": half}
    for crash in range(CRASHES + 1):
        recovery.prepare(tmp_path / "recovery", 4)
        watch = Watch(ends, chunks_max=dice.randrange(1, 7) if crash < CRASHES else 0)
        store = RecoveryConfig(str(tmp_path / "recovery"), timedelta(0))
        flow = copy(kafka, source_topic, sink_topic, watch)
        with pytest.raises(BytewaxRuntimeError) if crash < CRASHES else nullcontext():
            run_main(flow, epoch_interval=timedelta(milliseconds=dice.randrange(60)), recovery_config=store)
    copied = [message.value() for part in range(3) for message in kafka.committed(sink_topic, part)]
    assert sorted(copied) == sorted(VALUES)
