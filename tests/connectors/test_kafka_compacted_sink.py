import zlib

import pytest

from connectors import kafka_compacted_sink
from connectors.kafka_compacted_sink import KafkaCompactedSink, forget
from operators.message import Message

pytestmark = pytest.mark.stack

PARTITIONS = 3
CUSTOMERS = [str(number) for number in range(20)]


def state(customer, text):
    return Message("", customer.encode(), text.encode(), [("content-type", b"application/json")])


@pytest.fixture
def topic(kafka):
    return kafka.make_topic(PARTITIONS, cleanup_policy="compact")


@pytest.fixture
def sink(kafka, topic):
    return KafkaCompactedSink(kafka.config, topic, topic)


def written(kafka, topic):
    """All messages as (partition, key, value), in order."""
    return [
        (partition, message.key().decode(), message.value())
        for partition in range(PARTITIONS)
        for message in kafka.committed(topic, partition)
    ]


def test_of_a_batch_the_last_message_of_each_key_is_written_without_an_id(kafka, topic, sink):
    part = sink.build_part("states", sink.list_parts()[1], None)
    part.write_batch([state("a", "1"), state("b", "1"), state("a", "2")])
    part.write_batch([state("b", "2")])
    assert written(kafka, topic) == [(1, "a", b"2"), (1, "b", b"1"), (1, "b", b"2")]
    [headers] = {tuple(message.headers()) for message in kafka.committed(topic, 1)}
    assert headers == (("content-type", b"application/json"),)


def test_every_key_is_forgotten_where_the_flow_writes_it(kafka, topic, sink, monkeypatch):
    monkeypatch.setattr(kafka_compacted_sink, "BATCH_MESSAGES", 3)
    forget(sink, CUSTOMERS)
    expected = [(zlib.crc32(customer.encode()) % PARTITIONS, customer, None) for customer in CUSTOMERS]
    assert sorted(written(kafka, topic)) == sorted(expected)


def test_where_there_is_nobody_nothing_is_written(kafka, topic, sink):
    forget(sink, [])
    assert written(kafka, topic) == []
