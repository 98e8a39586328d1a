"""Kafka partitions as a Bytewax source of chunks."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from typing_extensions import override

from connectors import metrics
from connectors.errors import ConsumerFailedError, OffsetLostError
from connectors.kafka_log import quiet
from connectors.kafka_topic import Topics, name_of
from operators.chunk import Chunk, Record

CHUNK_RECORDS_MAX = 4096
IDLE = timedelta(milliseconds=10)

# May be overridden by the configuration given.
DEFAULTS = {
    "group.id": "retentioncast",  # librdkafka asks for one; no group is ever joined and no offset committed
    "queued.max.messages.kbytes": "8192",  # a partition; librdkafka's default is 64 MB
    "fetch.queue.backoff.ms": "10",  # how soon to fetch on once the queue has room; the default is a second
}
# What exactness rests on.
FIXED = {
    "isolation.level": "read_committed",
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "enable.partition.eof": "true",
    "auto.offset.reset": "error",
}

log = logging.getLogger(__name__)

Ends = Callable[[], dict[str, int] | None]


class KafkaSource(FixedPartitionedSource[Chunk, int]):
    """Every partition of some topics, from its beginning or from where the last snapshot stood.

    :arg config: librdkafka's configuration.
    :arg clock_topic: the one of `topics` whose chunks carry the ends of all partitions.
    :arg own_topics: more topics, which the flow itself writes: nobody misses what retention deletes of them.
    :arg stopping: once set, every partition ends, so that Bytewax takes a last snapshot.

    Raises BrokerUnreachableError or TopicMissingError at the start. Later outages of the broker are waited
    out: they show in the log and the metrics, and reading goes on where it stopped.
    """

    def __init__(
        self,
        config: dict[str, str],
        topics: list[str],
        clock_topic: str,
        *,
        own_topics: Sequence[str] = (),
        stopping: threading.Event,
    ) -> None:
        self._config = config
        self._topics = Topics(config, [*topics, *own_topics])
        self._own_topics = own_topics
        self._clock_topic = clock_topic
        self._stopping = stopping

    @override
    def list_parts(self) -> list[str]:
        return [name_of(partition) for partition in self._topics.partitions()]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_Partition":
        topic, _, partition = for_part.rpartition(":")
        offset = OFFSET_BEGINNING if resume_state is None else resume_state
        ends = self._topics.ends if topic == self._clock_topic else None
        start = TopicPartition(topic, int(partition), offset)
        return _Partition(self._config, start, ends, self._stopping, is_own=topic in self._own_topics)


class _Partition(StatefulSourcePartition[Chunk, int]):
    """One partition and its consumer; `start` holds the offset to begin at."""

    def __init__(
        self,
        config: dict[str, str],
        start: TopicPartition,
        ends: Ends | None,
        stopping: threading.Event,
        *,
        is_own: bool,
    ) -> None:
        self._start = start
        self._name = name_of(start)
        self._ends = ends
        self._stopping = stopping
        self._position = start.offset
        self._has_reached_end = False
        self._awake_at: datetime | None = None
        self._gauges = _Gauges(start)
        self._is_own = is_own
        reset = {"auto.offset.reset": "earliest"} if is_own else {}
        self._consumer = Consumer({**DEFAULTS, **config, **FIXED, **reset, **quiet(self._name)})
        self._consumer.assign([start])

    @override
    def next_batch(self) -> list[Chunk]:
        if self._stopping.is_set():
            raise StopIteration
        messages = self._consumer.consume(CHUNK_RECORDS_MAX, 0)
        # Full: there is more. Else let records gather a little; a chunk a record would be slow.
        self._awake_at = None if len(messages) == CHUNK_RECORDS_MAX else datetime.now(UTC) + IDLE
        records: list[Record] = []
        is_beginning = self._position == OFFSET_BEGINNING
        has_news = False
        for message in messages:
            error = message.error()
            if error is None:
                offset = cast(int, message.offset())
                records.append(Record(self._name, offset, message.key(), message.value()))
                self._position = offset + 1
            elif error.code() == KafkaError._PARTITION_EOF:
                has_news |= self._on_end(cast(int, message.offset()))
            else:
                self._on_error(error)
        if is_beginning and records and records[0].offset > 0 and not self._is_own:
            log.warning(
                "%s begins at offset %d: changes deleted before it are not counted",
                self._name,
                records[0].offset,
            )
        self._gauges.update(self._consumer, self._position, len(records))
        if not records and not has_news:
            return []
        ends = None
        if records and self._ends is not None:
            ends = self._ends()
            if ends is None:  # stream time waits for the next heartbeat
                metrics.CLOCK_FAILURES.inc()
        return [Chunk(self._start.topic, self._start.partition, records, self._position, ends)]

    @override
    def next_awake(self) -> datetime | None:
        return self._awake_at

    @override
    def snapshot(self) -> int:
        return self._position

    @override
    def close(self) -> None:
        self._consumer.close()

    def _on_end(self, offset: int) -> bool:
        """Move over transaction markers, which are not delivered; return whether that is news."""
        has_news = offset != self._position or not self._has_reached_end
        self._position = offset
        self._has_reached_end = True
        return has_news

    def _on_error(self, error: KafkaError) -> None:
        self._gauges.errors.inc()
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            msg = (
                f"{self._name} cannot be read from offset {self._position}: it holds {self._held()} "
                f"({error.str()}). What lies between is lost: run python -m dataflows.rebuild, which starts "
                "over from a new snapshot. Let the topic keep records for longer than the flow may stand"
            )
            raise OffsetLostError(msg)
        if error.fatal():
            msg = f"{self._name}: the consumer failed at offset {self._position}: {error.str()}: restart"
            raise ConsumerFailedError(msg)
        log.warning("%s: %s; reading goes on when that has passed", self._name, error.str())

    def _held(self) -> str:
        try:
            low, high = self._consumer.get_watermark_offsets(self._start, timeout=5)
        except KafkaException as error:
            return f"unknown offsets ({error.args[0].str()})"
        return f"{low} to {high}"


class _Gauges:
    """One partition's metrics."""

    def __init__(self, partition: TopicPartition) -> None:
        labels = (partition.topic, str(partition.partition))
        self._partition = partition
        self._records = metrics.SOURCE_RECORDS.labels(*labels)
        self._position = metrics.SOURCE_POSITION.labels(*labels)
        self._end = metrics.SOURCE_END.labels(*labels)
        self._lag = metrics.SOURCE_LAG.labels(*labels)
        self._last_poll = metrics.SOURCE_LAST_POLL.labels(*labels)
        self.errors = metrics.SOURCE_ERRORS.labels(*labels)

    def update(self, consumer: Consumer, position: int, records: int) -> None:
        """Tell where the partition stands after a poll."""
        self._last_poll.set(time.time())
        self._records.inc(records)
        _, end = consumer.get_watermark_offsets(self._partition, cached=True)
        if position >= 0 and end >= 0:
            self._position.set(position)
            self._end.set(end)
            self._lag.set(end - position)
