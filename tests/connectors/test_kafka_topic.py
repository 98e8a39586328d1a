import pytest

from connectors.errors import BrokerUnreachableError
from connectors.kafka_topic import Topics
from tests.e2e.topics import read_all


def test_a_broker_that_cannot_be_reached_is_named_in_good_time(monkeypatch):
    monkeypatch.setattr("connectors.kafka_topic.START_SECONDS", 0.1)
    monkeypatch.setattr("connectors.kafka_topic.ANSWER_SECONDS", 0.2)
    with pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1 .*is it running"):
        Topics({"bootstrap.servers": "127.0.0.1:1"}, ["topic"]).partitions()


@pytest.mark.stack
def test_a_topic_that_is_cut_holds_nothing_and_takes_new_records(kafka):
    topic = kafka.make_topic(2)
    kafka.send(topic, b"1", b"2", partition=0)
    kafka.send(topic, b"3", partition=1)
    Topics(kafka.config, [topic]).cut()
    kafka.send(topic, b"4", partition=1)
    kept = read_all(kafka.config["bootstrap.servers"], topic)
    assert [message.value() for message in kept] == [b"4"]
