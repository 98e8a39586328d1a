"""Reading whole topics, and putting records on them by hand."""

from confluent_kafka import Consumer, Message, Producer, TopicPartition


def read_all(bootstrap: str, topic: str) -> list[Message]:
    """Return every committed record of a topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "smoke",  # asked for by librdkafka; nothing is committed
            "isolation.level": "read_committed",
            "enable.auto.commit": "false",
            "enable.partition.eof": "true",
            "auto.offset.reset": "earliest",
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    messages, open_partitions = [], set(partitions)
    while open_partitions:
        for message in consumer.consume(1000, timeout=1):
            if message.error() is None:
                messages.append(message)
            else:
                open_partitions.discard(message.partition())
    consumer.close()
    return messages


def put(bootstrap: str, topic: str, key: bytes, value: bytes) -> tuple[int, int]:
    """Write one record; return its partition and offset."""
    written: list[Message] = []
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, value, key, on_delivery=lambda error, message: written.append(message))
    producer.flush(10)
    return written[0].partition(), written[0].offset()
