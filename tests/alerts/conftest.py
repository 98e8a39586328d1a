import pytest

from tests.connectors.conftest import kafka

__all__ = ["kafka", "put"]


@pytest.fixture
def put(kafka):
    """Write samples to a topic, each customer's into one partition, as the flow does."""

    def write(topic, *samples):
        producer = kafka.producer()
        for sample in samples:
            producer.produce(topic, sample.value, sample.key, headers=sample.headers)
        assert producer.flush(30) == 0

    return write
