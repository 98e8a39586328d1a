"""The subscriber of 30 lines, beside the real broker."""

import signal
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions

from tests.alerts import samples

EXAMPLE = Path("examples/subscriber.py")


def test_it_has_30_lines():
    assert len(EXAMPLE.read_text().splitlines()) <= 30


@pytest.mark.stack
def test_it_acts_on_raised_alerts_of_the_treatment_arm_and_then_commits(start, put, topic, kafka, wait_for):
    put(topic, samples.raised(arm="control"), samples.suppressed(), samples.tombstone(), samples.resolved())
    put(topic, samples.raised(latest_order_id="90300"))
    process = start(str(EXAMPLE))
    assert process.stdout.readline() == "4711/90300/raised/2026-05-03T09:12:45Z 4711 57.31\n"

    def committed():
        [future] = kafka.admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions("win-back")]
        ).values()
        offsets = future.result().topic_partitions
        return [p.offset for p in offsets if p.topic == topic and p.offset > 0] == [5]

    wait_for(committed)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
