import pytest

from connectors.errors import BrokerUnreachableError
from connectors.kafka_topic import Topics


def test_a_broker_that_cannot_be_reached_is_named_in_good_time(monkeypatch):
    monkeypatch.setattr("connectors.kafka_topic.START_SECONDS", 0.1)
    monkeypatch.setattr("connectors.kafka_topic.ANSWER_SECONDS", 0.2)
    with pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1 .*is it running"):
        Topics({"bootstrap.servers": "127.0.0.1:1"}, ["topic"]).partitions()
