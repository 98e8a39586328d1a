"""The events of the topic, as they come."""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from alerts.event import Event, Headers, NotAnAlertError, from_message
from connectors import kafka_topic
from connectors.kafka_log import quiet
from connectors.kafka_topic import Topics

POLL_SECONDS = 0.2  # a Ctrl-C is noticed between two polls
CONFIG = {
    "group.id": "retentioncast-alerts",  # librdkafka asks for one; no group is joined and no offset committed
    "isolation.level": "read_committed",
    "enable.auto.commit": "false",
    "auto.offset.reset": "earliest",  # retention may delete what is about to be read
}


def events(config: dict[str, str], name: str, *, from_beginning: bool) -> Iterator[Event]:
    """Yield what is on the topic, or what comes from now on, for ever; tell of messages that are no alerts.

    A customer's events are in order, those of different customers need not be. Raises BrokerUnreachableError
    or TopicMissingError at the start; later outages are waited out.
    """
    servers = config["bootstrap.servers"]
    say(f"waiting up to {kafka_topic.START_SECONDS:.0f} s for {name} at {servers}")
    topics = Topics(config, [name])
    partitions = topics.partitions()
    if from_beginning:
        starts = [TopicPartition(p.topic, p.partition, OFFSET_BEGINNING) for p in partitions]
    else:
        ends = topics.wait_for_ends()
        starts = [TopicPartition(p.topic, p.partition, ends[f"{p.topic}:{p.partition}"]) for p in partitions]
    with closing(Consumer({**config, **CONFIG, **quiet(name)})) as consumer:
        consumer.assign(starts)
        where = "the beginning" if from_beginning else "now"
        say(f"reading {name} from {where} on; Ctrl-C ends")
        while True:
            message = _polled(consumer)
            if message is not None and (event := _event(message)) is not None:
                yield event


def _polled(consumer: Consumer) -> Message | None:
    try:
        return consumer.poll(POLL_SECONDS)
    except (
        SystemError
    ):  # a Ctrl-C that comes while an outage is being logged loses its name in confluent-kafka
        raise KeyboardInterrupt from None


def _event(message: Message) -> Event | None:
    error = message.error()
    value = message.value()
    if error is not None:
        if error.code() != KafkaError._PARTITION_EOF:
            say(f"{message.topic()}: {error.str()}; reading goes on when that has passed")
        return None
    if value is None:  # a tombstone: the withdrawals before it have told of the erasure
        return None
    try:
        return from_message(cast(Headers | None, message.headers()), value)
    except NotAnAlertError as reason:
        place = f"{message.topic()}, partition {message.partition()}, offset {message.offset()}"
        say(f"{place}: no alert, {reason}")
        return None


def say(words: str) -> None:
    """Print a line beside the alerts."""
    print(f"alerts: {words}", file=sys.stderr, flush=True)
