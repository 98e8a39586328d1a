import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from stack.stack import Stack
from tests.operators.conftest import risk

__all__ = ["risk"]

Event = dict[str, Any]
TIMEOUT_S = 30


@pytest.fixture
def consumer(stack: Stack) -> Iterator[Consumer]:
    settings = {"bootstrap.servers": stack.endpoints().kafka_bootstrap, "group.id": "test_capture"}
    consumer = Consumer({**settings, "isolation.level": "read_committed", "enable.auto.commit": False})
    yield consumer
    consumer.close()


def wait_for(consumer: Consumer, topic: str, partitions: int, wanted: Callable[[Event], bool]) -> Event:
    """Read a topic from its start until an event is as wanted."""
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None or message.error():
            continue
        value = message.value()
        assert value is not None
        event: Event = json.loads(value)
        if wanted(event):
            return event
    raise AssertionError(topic)
