"""The subscriber of some 30 lines, beside the real broker."""

import signal
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions

from tests.alerts import samples

EXAMPLE = Path("examples/subscriber.py")


def test_it_has_some_30_lines():
    assert len(EXAMPLE.read_text().splitlines()) <= 33


@pytest.mark.stack
def test_it_acts_on_raised_alerts_of_the_treatment_arm_and_then_commits(start, put, topic, kafka, wait_for):
    put(topic, samples.raised(arm="control"), samples.suppressed(), samples.tombstone(), samples.resolved())
    put(topic, samples.raised(latest_order_id="90300"))
    process = start(str(EXAMPLE))
    assert process.stdout.readline() == "4711/90300/raised/2026-05-03T09:12:45Z 4711 57.31\n"

    wait_for(lambda: _committed(kafka, topic) == [5])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


@pytest.mark.stack
def test_where_nobody_reads_on_it_ends_quietly_and_has_not_acted(start, put, topic, kafka, wait_for):
    put(topic, samples.raised())
    process = start(str(EXAMPLE))
    assert process.stdout.readline()
    wait_for(lambda: _committed(kafka, topic) == [1])
    process.stdout.close()  # as `head -n 1` does
    put(topic, samples.raised(latest_order_id="90300"))
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""
    assert _committed(kafka, topic) == [1]


def _committed(kafka, topic):
    """How far the group has come in the partitions of which it has read anything."""
    [future] = kafka.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("win-back")]).values()
    return [p.offset for p in future.result().topic_partitions if p.topic == topic and p.offset > 0]
