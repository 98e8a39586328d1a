"""What a partition holds already: the ids of its last messages."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import cast

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from connectors.errors import BrokerUnreachableError
from connectors.kafka_log import quiet

Headers = list[tuple[str, bytes | None]]

SILENCE_SECONDS = 30.0
BATCH_MESSAGES = 4096
CONFIG = {
    "group.id": "retentioncast",
    "isolation.level": "read_committed",
    "enable.auto.commit": "false",
    "enable.partition.eof": "true",
    "auto.offset.reset": "earliest",  # what retention has deleted need not be known
}


def read_ids(
    config: dict[str, str],
    topic: str,
    partition: int,
    *,
    wanted: list[int],
    since: int,
    end: int,
    id_header: str,
) -> dict[str, int]:
    """Return the offsets of committed messages by the id in their header, in the order of offsets.

    Those at or after `since` and those at the offsets `wanted`, up to `end`, a high watermark. An empty
    stretch costs nothing. Raises BrokerUnreachableError when the broker goes silent before `end`.
    """
    start = min([*wanted, since])
    if end in (start, 0):
        return {}
    before = set(wanted)
    offsets: dict[str, int] = {}
    with closing(Consumer({**config, **CONFIG, **quiet(f"{topic}:{partition}")})) as consumer:
        consumer.assign([TopicPartition(topic, partition, start)])
        for message in _until(consumer, end, f"{topic}:{partition}"):
            offset = cast(int, message.offset())
            if offset >= since or offset in before:
                for name, value in cast(Headers, message.headers() or []):
                    if name == id_header and value is not None:
                        offsets[value.decode(errors="replace")] = offset
    return offsets


def _until(consumer: Consumer, end: int, name: str) -> Iterator[Message]:
    """Yield messages until the consumer has come to `end`."""
    last_sign_s = time.monotonic()
    while True:
        for message in consumer.consume(BATCH_MESSAGES, 0.05):
            error = message.error()
            if error is None:
                last_sign_s = time.monotonic()
                yield message
            elif error.code() == KafkaError._PARTITION_EOF and cast(int, message.offset()) >= end:
                return
        if time.monotonic() - last_sign_s > SILENCE_SECONDS:
            msg = (
                f"{name} could not be read up to offset {end}: the broker has been silent for "
                f"{SILENCE_SECONDS:.0f} s, or another program holds a transaction open on this topic"
            )
            raise BrokerUnreachableError(msg)
