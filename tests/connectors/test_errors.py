import logging

from connectors.errors import TopicMissingError


def test_an_error_is_logged_when_it_is_made_since_a_cluster_loses_it(caplog):
    with caplog.at_level(logging.CRITICAL):
        TopicMissingError("Kafka has no topic orders")
    assert caplog.messages == ["TopicMissingError: Kafka has no topic orders"]
