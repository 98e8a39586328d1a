import os
import threading
from contextlib import contextmanager

import pytest

from connectors.errors import DeliveryError, TopicMissingError
from connectors.kafka_sink import KafkaSink
from operators.message import Message

pytestmark = pytest.mark.stack


@pytest.fixture
def topic(kafka):
    return kafka.make_topic()


def open_part(kafka, topic, resume_state=None, **config):
    """Open partition 0 as a process does that has just started."""
    sink = KafkaSink({**kafka.config, **config}, topic, "ce_id", f"{topic}-writer")
    assert sink.list_parts()[0] == "00000"
    return sink.build_part("alerts", "00000", resume_state)


def messages(*ids):
    return [Message(name, b"key", name.encode(), [("ce_type", b"alert")]) for name in ids]


@pytest.fixture
def written(kafka, topic):
    def values():
        return [message.value().decode() for message in kafka.committed(topic)]

    return values


@contextmanager
def paused(broker):
    broker.pause()
    try:
        yield
    finally:
        broker.resume()


def test_a_message_keeps_its_key_value_and_headers_and_gets_its_id(kafka, topic):
    open_part(kafka, topic).write_batch([Message("id-1", b"k", b"v", [("ce_type", b"alert")])])
    [message] = kafka.committed(topic)
    assert (message.key(), message.value()) == (b"k", b"v")
    assert message.headers() == [("ce_type", b"alert"), ("ce_id", b"id-1")]


def test_a_message_may_lack_key_and_value(kafka, topic):
    open_part(kafka, topic).write_batch([Message("id-1", None, None, [])])
    [message] = kafka.committed(topic)
    assert (message.key(), message.value()) == (None, None)


def test_a_batch_goes_to_the_parts_own_partition(kafka):
    topic = kafka.make_topic(partitions=12)
    sink = KafkaSink(kafka.config, topic, "ce_id", f"{topic}-writer")
    parts = sink.list_parts()
    assert sorted(parts) == parts
    sink.build_part("alerts", parts[10], None).write_batch(messages("a"))
    assert len(kafka.committed(topic, partition=10)) == 1


def test_an_id_is_written_once_within_and_across_batches(kafka, topic, written):
    part = open_part(kafka, topic)
    part.write_batch(messages("a", "b", "a"))
    part.write_batch(messages("b", "c"))
    assert written() == ["a", "b", "c"]


def test_what_was_committed_after_the_snapshot_is_not_written_again(kafka, topic, written):
    part = open_part(kafka, topic)
    part.write_batch(messages("a"))
    snapshot = part.snapshot()
    part.write_batch(messages("b"))
    part.write_batch(messages("c"))
    part = open_part(kafka, topic, snapshot)
    part.write_batch(messages("b", "c", "d"))
    assert written() == ["a", "b", "c", "d"]


def test_a_second_crash_during_the_replay_forgets_nothing(kafka, topic, written):
    part = open_part(kafka, topic)
    snapshot = part.snapshot()
    part.write_batch(messages("a", "b", "c"))
    part = open_part(kafka, topic, snapshot)
    part.write_batch(messages("a", "d"))
    snapshot = part.snapshot()
    part = open_part(kafka, topic, snapshot)
    part.write_batch(messages("b", "c", "e"))
    assert written() == ["a", "b", "c", "d", "e"]
    assert part.snapshot()[1] == [], "nothing is left to wait for"


def test_a_new_recovery_store_on_an_old_topic_writes_nothing_twice(kafka, topic, written):
    open_part(kafka, topic).write_batch(messages("a", "b"))
    open_part(kafka, topic).write_batch(messages("a", "b", "c"))
    assert written() == ["a", "b", "c"]


def test_messages_of_others_do_no_harm(kafka, topic, written):
    stranger = kafka.producer()
    for headers in (None, [("ce_id", None)], [("ce_id", b"\xff")]):
        stranger.produce(topic, b"strange", headers=headers)
    stranger.flush()
    open_part(kafka, topic).write_batch(messages("a"))
    assert written() == ["strange"] * 3 + ["a"]


def test_a_dead_predecessors_open_transaction_is_aborted(kafka, topic, written):
    predecessor = kafka.producer(f"{topic}-writer-0")
    predecessor.begin_transaction()
    predecessor.produce(topic, b"half written", headers=[("ce_id", b"a")])
    predecessor.flush()
    open_part(kafka, topic).write_batch(messages("a"))
    assert written() == ["a"]


def test_who_was_replaced_cannot_write_any_more(kafka, topic, written):
    former = open_part(kafka, topic)
    former.write_batch(messages("a"))
    open_part(kafka, topic)
    with pytest.raises(DeliveryError, match="another process"):
        former.write_batch(messages("b"))
    assert written() == ["a"]


def test_a_short_outage_is_waited_out(stack, kafka, topic, written, monkeypatch):
    monkeypatch.setattr("connectors.kafka_transactions.ANSWER_SECONDS", 1)
    part = open_part(kafka, topic)
    part.write_batch(messages("a"))
    stack.kafka.pause()

    threading.Timer(5, stack.kafka.resume).start()
    part.write_batch(messages(*"bcdefgh"))
    assert written() == list("abcdefgh")


def test_a_long_outage_ends_the_flow_and_loses_nothing(stack, kafka, topic, written, monkeypatch):
    monkeypatch.setattr("connectors.kafka_transactions.ANSWER_SECONDS", 0.5)
    part = open_part(kafka, topic)
    part.write_batch(messages("a"))
    snapshot = part.snapshot()
    with monkeypatch.context() as brief, paused(stack.kafka):
        brief.setattr("connectors.kafka_transactions.OUTAGE_SECONDS", 3)
        with pytest.raises(DeliveryError, match="look after the broker"):
            part.write_batch(messages("b"))
    part = open_part(kafka, topic, snapshot)
    part.write_batch(messages("b", "c"))
    assert written() == ["a", "b", "c"]


def test_a_broker_that_was_killed_loses_nothing(stack, kafka, topic, written):
    part = open_part(kafka, topic)
    part.write_batch(messages("a"))
    stack.kafka.kill()
    stack.kafka.start()
    part.write_batch(messages("b"))
    assert written() == ["a", "b"]


def test_more_messages_than_the_queue_holds_are_all_written(kafka, topic, written):
    ids = [str(number) for number in range(500)]
    part = open_part(kafka, topic, **{"queue.buffering.max.messages": "20"})
    part.write_batch(messages(*ids))
    assert written() == ids


def test_a_message_that_the_topic_does_not_take_is_an_error_that_says_what_to_do(kafka):
    topic = kafka.make_topic(max_message_bytes="2000")
    with pytest.raises(DeliveryError, match=r"max\.message\.bytes"):
        open_part(kafka, topic).write_batch([Message("a", None, os.urandom(5000), [])])


def test_a_missing_topic_is_named(kafka, monkeypatch):
    monkeypatch.setattr("connectors.kafka_topic.START_SECONDS", 1)
    with pytest.raises(TopicMissingError, match="no-such-topic"):
        KafkaSink(kafka.config, "no-such-topic", "ce_id", "writer").list_parts()
