"""A compacted Kafka topic as a Bytewax sink: the last message of each key is all that counts."""

import zlib
from collections import defaultdict
from collections.abc import Iterable

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors import metrics
from connectors.kafka_topic import Topics
from connectors.kafka_transactions import Transactions
from operators.message import Message

BATCH_MESSAGES = 10_000


class KafkaCompactedSink(FixedPartitionedSink[Message, None]):
    """Writes the last message of each key in a batch, each batch in a transaction.

    A replay writes again what has been written, and comes to the same last message: nothing need be skipped.

    :arg config: librdkafka's configuration.
    :arg transactional_id_prefix: differs for every sink and every deployment on one Kafka cluster.

    Raises BrokerUnreachableError or TopicMissingError at the start, DeliveryError later, so that the epoch
    does not close.
    """

    def __init__(self, config: dict[str, str], topic: str, transactional_id_prefix: str) -> None:
        self._config = config
        self._topic = topic
        self._topics = Topics(config, [topic])
        self._transactional_id_prefix = transactional_id_prefix

    @override
    def list_parts(self) -> list[str]:
        # Padded: Bytewax counts the parts in the order of their names.
        return [f"{partition.partition:05}" for partition in self._topics.partitions()]

    @override
    def part_fn(self, item_key: str) -> int:
        return zlib.crc32(item_key.encode())

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Partition":
        partition = int(for_part)
        transactional_id = f"{self._transactional_id_prefix}-{partition}"
        transactions = Transactions(self._config, self._topic, partition, transactional_id)
        return _Partition(transactions, self._topic, partition)


class _Partition(StatefulSinkPartition[Message, None]):
    def __init__(self, transactions: Transactions, topic: str, partition: int) -> None:
        self._transactions = transactions
        self._messages = metrics.SINK_MESSAGES.labels(topic, str(partition))

    @override
    def write_batch(self, values: list[Message]) -> None:
        last = {message.key: message for message in values}
        self._transactions.write(list(last.values()), None)
        self._messages.inc(len(last))

    @override
    def snapshot(self) -> None:
        return None


def forget(sink: KafkaCompactedSink, keys: Iterable[str]) -> None:
    """Write a tombstone for each key; raise BrokerUnreachableError, TopicMissingError or DeliveryError."""
    names = sink.list_parts()
    tombstones = defaultdict(list)
    for key in keys:
        tombstones[names[sink.part_fn(key) % len(names)]].append(Message("", key.encode(), None, []))
    for name, messages in tombstones.items():
        part = sink.build_part("forget", name, None)
        for first in range(0, len(messages), BATCH_MESSAGES):
            part.write_batch(messages[first : first + BATCH_MESSAGES])
