"""The real broker and database, with topics and tables of each test's own."""

import time
import uuid

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.postgres_sink import PostgresSink


class Cluster:
    """The broker, seen by a test."""

    def __init__(self, bootstrap):
        self.config = {"bootstrap.servers": bootstrap}
        self.admin = AdminClient({**self.config, "log_level": 0})

    def make_topic(self, partitions=1, name=None, **settings):
        name = name or f"test-{uuid.uuid4().hex[:12]}"
        config = {key.replace("_", "."): value for key, value in settings.items()}
        self.admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result()
        return name

    def producer(self, transactional_id=None):
        """A producer; with an id, a transactional one that is ready to begin."""
        if transactional_id is None:
            return Producer(self.config)
        producer = Producer({**self.config, "transactional.id": transactional_id, "log_level": 0})
        producer.init_transactions()
        return producer

    def send(self, topic, *values, partition=0):
        producer = self.producer()
        for value in values:
            producer.produce(topic, value, partition=partition)
        assert producer.flush(10) == 0

    def committed(self, topic, partition=0):
        """All messages a read_committed reader sees."""
        consumer = Consumer(
            {
                **self.config,
                "group.id": "test",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
            }
        )
        consumer.assign([TopicPartition(topic, partition, 0)])
        messages = []
        while True:
            for message in consumer.consume(1000, 0.05):
                if message.error() is None:
                    messages.append(message)
                else:
                    assert message.error().code() == KafkaError._PARTITION_EOF
                    consumer.close()
                    return messages


@pytest.fixture(scope="session")
def kafka(stack):
    return Cluster(stack.endpoints().kafka_bootstrap)


@pytest.fixture
def dsn(fresh_database):
    return fresh_database()


@pytest.fixture
def part(dsn, rules):
    """The one part of the database's sink; the module says which `rules` of risk hold."""
    sink = PostgresSink(dsn, 1, rules)
    [name] = sink.list_parts()
    part = sink.build_part("rows", name, None)
    yield part
    part.close()


@pytest.fixture
def database(part, dsn):
    """What the part writes to; it tells instants in UTC."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def wait_for():
    """Call until the result is true; return it."""

    def wait(call, seconds=30):
        deadline = time.monotonic() + seconds
        while not (result := call()):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.01)
        return result

    return wait
