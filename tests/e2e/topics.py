"""Reading whole topics, and putting records on them by hand."""

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

BY_HAND = b"by hand "
"""The beginning of the keys of records that no connector has written."""


def read_all(bootstrap: str, topic: str) -> list[Message]:
    """Return every record of a topic that is committed now."""
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
    partitions = [
        TopicPartition(topic, p, 0) for p in consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ]
    ends = {p.partition: consumer.get_watermark_offsets(p, timeout=10)[1] for p in partitions}
    consumer.assign(partitions)
    messages = []
    while ends:
        for message in consumer.consume(1000, timeout=1):
            error = message.error()
            if error is None:
                messages.append(message)
            elif error.code() != KafkaError._PARTITION_EOF:
                continue  # a broker that is slow to answer is no end
            # A topic that grows all the time may never show its end; beyond the end it had is far enough.
            if error or message.offset() + 1 >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)
    consumer.close()
    return messages


def put(bootstrap: str, topic: str, key: bytes, value: bytes) -> tuple[int, int]:
    """Write one record; return its partition and offset."""
    written: list[Message] = []
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, value, key, on_delivery=lambda error, message: written.append(message))
    producer.flush(10)
    return written[0].partition(), written[0].offset()


def is_by_hand(message: Message) -> bool:
    """Tell whether a record was put there by hand."""
    return (message.key() or b"").startswith(BY_HAND)
