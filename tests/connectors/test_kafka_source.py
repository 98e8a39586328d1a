import threading
import uuid

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import NewPartitions
from prometheus_client import REGISTRY

from connectors.errors import OffsetLostError, PartitionsChangedError, TopicMissingError
from connectors.kafka_source import CHUNK_RECORDS_MAX, KafkaSource

pytestmark = pytest.mark.stack


class Reading:
    """One partition of a source, and what it has handed over."""

    def __init__(self, kafka, topic, clock_topic="", resume_state=None, topics=(), is_own=False):
        self.stopping = threading.Event()
        own_topics = [topic] if is_own else []
        topics = list(topics) if is_own else [topic, *topics]
        source = KafkaSource(kafka.config, topics, clock_topic, own_topics=own_topics, stopping=self.stopping)
        assert f"{topic}:0" in source.list_parts()
        self.part = source.build_part("changes", f"{topic}:0", resume_state)
        self.chunks = []

    def poll(self):
        found = self.part.next_batch()
        assert len(found) <= 1
        self.chunks += found
        return found

    def values(self):
        return [record.value for chunk in self.chunks for record in chunk.records]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.part.close()


@pytest.fixture
def read(kafka, wait_for):
    def until_end(topic, **options):
        """Read a partition to its end."""
        with Reading(kafka, topic, **options) as reading:
            _, end = reading.part._consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=5)
            wait_for(lambda: reading.poll() and reading.chunks[-1].position == end)
            return reading

    return until_end


def test_reads_keys_values_and_offsets(kafka, read):
    topic = kafka.make_topic()
    kafka.send(topic, b"a", b"b", None)
    reading = read(topic)
    records = [record for chunk in reading.chunks for record in chunk.records]
    assert [(record.offset, record.key, record.value) for record in records] == [
        (0, None, b"a"),
        (1, None, b"b"),
        (2, None, None),
    ]
    assert (reading.chunks[-1].topic, reading.chunks[-1].partition) == (topic, 0)


def test_resumes_where_the_snapshot_stood(kafka, read):
    topic = kafka.make_topic()
    kafka.send(topic, b"a", b"b")
    snapshot = read(topic).part.snapshot()
    kafka.send(topic, b"c")
    assert read(topic, resume_state=snapshot).values() == [b"c"]


def test_a_snapshot_before_anything_was_read_resumes_at_the_beginning(kafka, read):
    topic = kafka.make_topic()
    kafka.send(topic, b"a")
    with Reading(kafka, topic) as reading:
        snapshot = reading.part.snapshot()
    assert read(topic, resume_state=snapshot).values() == [b"a"]


def test_the_position_moves_over_transaction_markers_and_aborted_records(kafka, wait_for):
    topic = kafka.make_topic()
    producer = kafka.producer(f"{topic}-writer")
    producer.begin_transaction()
    producer.produce(topic, b"kept")
    producer.commit_transaction()
    producer.begin_transaction()
    producer.produce(topic, b"aborted")
    producer.flush()
    producer.abort_transaction()
    with Reading(kafka, topic) as reading:
        wait_for(lambda: reading.poll() and reading.chunks[-1].position == 4)
        assert reading.values() == [b"kept"]
        assert reading.part.snapshot() == 4


def test_the_end_is_told_once(kafka, wait_for):
    topic = kafka.make_topic()
    kafka.send(topic, b"a")
    with Reading(kafka, topic, resume_state=1) as reading:
        [chunk] = wait_for(reading.poll)
        assert (chunk.records, chunk.position) == ([], 1), "a resumed partition must say that it is complete"
        assert not any(reading.poll() for _ in range(100))


def test_the_clocks_ends_cover_the_records_of_an_open_transaction(kafka, wait_for):
    orders, clock = kafka.make_topic(2), kafka.make_topic()
    producer = kafka.producer(f"{orders}-connect")
    producer.begin_transaction()
    producer.produce(orders, b"order", partition=1)
    producer.flush()
    with Reading(kafka, clock, clock_topic=clock, topics=[orders]) as reading:

        def ends_of_next_heartbeat():
            kafka.send(clock, b"heartbeat")
            return wait_for(lambda: [chunk.ends for chunk in reading.poll() if chunk.records])[0]

        ends = wait_for(ends_of_next_heartbeat)  # the broker may need a moment for a new topic
        assert ends == {f"{clock}:0": len(reading.values()), f"{orders}:0": 0, f"{orders}:1": 1}
    producer.abort_transaction()


def test_only_the_clocks_chunks_with_records_have_ends(kafka, read):
    orders, clock = kafka.make_topic(), kafka.make_topic()
    kafka.send(orders, b"order")
    assert {chunk.ends for chunk in read(orders, clock_topic=clock, topics=[clock]).chunks} == {None}
    assert {chunk.ends for chunk in read(clock, clock_topic=clock, topics=[orders]).chunks} == {None}


def test_a_chunk_is_bounded(kafka, read):
    topic = kafka.make_topic()
    kafka.send(topic, *[b"x"] * (3 * CHUNK_RECORDS_MAX))
    reading = read(topic)
    assert max(len(chunk.records) for chunk in reading.chunks) <= CHUNK_RECORDS_MAX
    assert len(reading.values()) == 3 * CHUNK_RECORDS_MAX


def test_an_offset_that_has_aged_out_is_an_error_that_says_what_to_do(kafka, wait_for):
    topic = kafka.make_topic()
    kafka.send(topic, *[b"x"] * 10)
    [deleted] = kafka.admin.delete_records([TopicPartition(topic, 0, 5)]).values()
    deleted.result()
    with Reading(kafka, topic, resume_state=3) as reading:
        with pytest.raises(OffsetLostError, match=rf"{topic}:0 .* offset 3: it holds 5 to 10 .*new snapshot"):
            wait_for(reading.poll)
        assert reading.part.snapshot() == 3


def test_a_beginning_that_has_aged_out_is_logged(kafka, read, caplog):
    topic = kafka.make_topic()
    kafka.send(topic, b"a", b"b")
    [deleted] = kafka.admin.delete_records([TopicPartition(topic, 0, 1)]).values()
    deleted.result()
    assert read(topic).values() == [b"b"]
    assert f"{topic}:0 begins at offset 1: changes deleted before it are not counted" in caplog.messages


@pytest.mark.parametrize("resume_state", [None, 1])
def test_what_has_aged_out_of_a_topic_of_the_flows_own_is_missed_by_nobody(kafka, read, caplog, resume_state):
    topic = kafka.make_topic()
    kafka.send(topic, b"a", b"b", b"c")
    [deleted] = kafka.admin.delete_records([TopicPartition(topic, 0, 2)]).values()
    deleted.result()
    assert read(topic, resume_state=resume_state, is_own=True).values() == [b"c"]
    assert not caplog.messages


def test_a_missing_topic_is_named(kafka, monkeypatch):
    monkeypatch.setattr("connectors.kafka_topic.START_SECONDS", 1)
    topic = kafka.make_topic()
    source = KafkaSource(kafka.config, [topic, "no-such-topic"], topic, stopping=threading.Event())
    with pytest.raises(TopicMissingError, match="no-such-topic"):
        source.list_parts()


def test_a_topic_may_appear_while_the_source_starts(kafka):
    topic = f"late-{uuid.uuid4().hex[:12]}"
    source = KafkaSource(kafka.config, [topic], "", stopping=threading.Event())
    threading.Timer(1, lambda: kafka.make_topic(name=topic)).start()
    assert source.list_parts() == [f"{topic}:0"]


def test_partitions_added_later_end_the_flow(kafka, wait_for):
    orders, clock = kafka.make_topic(), kafka.make_topic()
    with Reading(kafka, clock, clock_topic=clock, topics=[orders]) as reading:
        kafka.admin.create_partitions([NewPartitions(orders, 2)])[orders].result()
        kafka.send(clock, b"heartbeat")
        with pytest.raises(PartitionsChangedError, match=orders):
            wait_for(reading.poll)


def test_ends_when_told_to_stop(kafka):
    with Reading(kafka, kafka.make_topic()) as reading:
        reading.stopping.set()
        with pytest.raises(StopIteration):
            reading.poll()


def test_reading_goes_on_after_the_broker_was_killed(stack, kafka, wait_for):
    topic = kafka.make_topic()
    kafka.send(topic, b"before")
    with Reading(kafka, topic) as reading:
        wait_for(lambda: reading.poll() and reading.chunks[-1].position == 1)
        stack.kafka.kill()
        assert not any(reading.poll() for _ in range(100))
        assert reading.part.snapshot() == 1
        stack.kafka.start()
        kafka.send(topic, b"after")
        wait_for(lambda: reading.poll() and reading.chunks[-1].position == 2)
        assert reading.values() == [b"before", b"after"]


def test_heartbeats_have_no_ends_while_the_broker_is_silent(stack, kafka, wait_for):
    clock = kafka.make_topic()
    source = KafkaSource(kafka.config, [clock], clock, stopping=threading.Event())
    source.list_parts()
    assert source._topics.wait_for_ends() == {f"{clock}:0": 0}
    stack.kafka.pause()
    try:
        wait_for(lambda: source._topics.ends() is None)  # it may answer once more before it stops
    finally:
        stack.kafka.resume()
    assert source._topics.wait_for_ends() == {f"{clock}:0": 0}


def test_lag_is_told(kafka, wait_for):
    topic = kafka.make_topic()
    kafka.send(topic, b"a", b"b", b"c")

    def metric(name):
        return REGISTRY.get_sample_value(f"retentioncast_source_{name}", {"topic": topic, "partition": "0"})

    with Reading(kafka, topic) as reading:
        wait_for(lambda: reading.poll() and reading.chunks[-1].position == 3)
    assert [metric(name) for name in ("records_total", "position", "end", "lag", "errors_total")] == [
        3,
        3,
        3,
        0,
        0,
    ]
