"""A Kafka topic as a Bytewax sink that writes every message exactly once."""

import zlib

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors import metrics
from connectors.kafka_tail import read_ids
from connectors.kafka_topic import Topics
from connectors.kafka_transactions import Transactions
from connectors.written_ids import WrittenIds
from operators.message import Message

Snapshot = tuple[int, list[int]]
"""Where the partition ended, and the offsets below it whose messages are still to come again."""


class KafkaSink(FixedPartitionedSink[Message, Snapshot]):
    """Writes each batch in a transaction, and skips messages that the topic holds already.

    What a crash has left open is aborted at the next start; what it had committed after the last snapshot is
    read back from the topic, and skipped when the replay hands it over again. Readers with
    `isolation.level=read_committed` see every message once.

    :arg config: librdkafka's configuration.
    :arg id_header: the header that holds `Message.id`; the sink writes it.
    :arg transactional_id_prefix: differs for every sink and every deployment on one Kafka cluster.

    Raises BrokerUnreachableError or TopicMissingError at the start, DeliveryError later, so that the epoch
    does not close.
    """

    def __init__(
        self, config: dict[str, str], topic: str, id_header: str, transactional_id_prefix: str
    ) -> None:
        self._config = config
        self._topic = topic
        self._topics = Topics(config, [topic])
        self._id_header = id_header
        self._transactional_id_prefix = transactional_id_prefix

    @override
    def list_parts(self) -> list[str]:
        # Padded: Bytewax counts the parts in the order of their names.
        return [f"{partition.partition:05}" for partition in self._topics.partitions()]

    @override
    def part_fn(self, item_key: str) -> int:
        return zlib.crc32(item_key.encode())

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Snapshot | None) -> "_Partition":
        partition = int(for_part)
        transactional_id = f"{self._transactional_id_prefix}-{partition}"
        # First: from here on nothing more can come from a predecessor.
        transactions = Transactions(self._config, self._topic, partition, transactional_id)
        end = self._topics.wait_for_ends()[f"{self._topic}:{partition}"]
        # Without a snapshot all of the partition is read. That is little, except where a new recovery store
        # meets an old topic; and there it is what keeps the rebuild from publishing everything again.
        since, wanted = resume_state or (0, [])
        tail = read_ids(
            self._config,
            self._topic,
            partition,
            wanted=wanted,
            since=since,
            end=end,
            id_header=self._id_header,
        )
        return _Partition(transactions, self._topic, partition, self._id_header, WrittenIds(tail), end)


class _Partition(StatefulSinkPartition[Message, Snapshot]):
    """One partition: `end` is its end as far as it is known, `ids` what lies below it."""

    def __init__(
        self,
        transactions: Transactions,
        topic: str,
        partition: int,
        id_header: str,
        ids: WrittenIds,
        end: int,
    ) -> None:
        self._transactions = transactions
        self._id_header = id_header
        self._ids = ids
        self._end = end
        self._messages = metrics.SINK_MESSAGES.labels(topic, str(partition))
        self._repeats = metrics.SINK_REPEATS.labels(topic, str(partition))

    @override
    def write_batch(self, values: list[Message]) -> None:
        fresh = {message.id: message for message in values if not self._ids.has(message.id)}
        if fresh:
            self._end = self._transactions.write(list(fresh.values()), self._id_header)
        self._ids.came(message.id for message in values)
        self._messages.inc(len(fresh))
        self._repeats.inc(len(values) - len(fresh))

    @override
    def snapshot(self) -> Snapshot:
        return self._end, self._ids.snapshot()
