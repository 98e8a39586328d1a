"""Transactions that write messages to one Kafka partition."""

import logging
from collections.abc import Callable
from math import ceil
from typing import cast

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Report

from connectors import backoff, metrics
from connectors.errors import DeliveryError
from connectors.kafka_log import quiet
from operators.message import Message

ANSWER_SECONDS = 10.0
OUTAGE_SECONDS = 180.0

# May be overridden by the configuration given.
DEFAULTS = {
    # Longer than an outage that we wait out: a transaction that the broker gives up ends its producer.
    # Readers wait for what a dead process left open until its successor aborts it, or for this long.
    "transaction.timeout.ms": "300000",
    "message.max.bytes": "16000000",  # before compression; what the topic takes is its own limit
    "compression.type": "lz4",
    # A transaction is sent as soon as it is complete: 6 ms instead of 15.
    "linger.ms": "0",
    "socket.nagle.disable": "true",
}
# What exactness rests on.
FIXED = {"enable.idempotence": "true", "acks": "all"}

log = logging.getLogger(__name__)


class Transactions:
    """A transactional producer for one partition.

    Opening it fences whoever had the same `transactional_id` before, and aborts what that one had left open.
    Outages are waited out for minutes; then DeliveryError is raised.
    """

    def __init__(self, config: dict[str, str], topic: str, partition: int, transactional_id: str) -> None:
        self._topic = topic
        self._partition = partition
        self._end = 0
        self._refused: KafkaError | None = None
        self._retries = metrics.SINK_RETRIES.labels("kafka")
        identity = {"transactional.id": transactional_id}
        self._producer = Producer({**DEFAULTS, **config, **FIXED, **identity, **quiet(transactional_id)})
        # A moment to connect in: what librdkafka asks too early it asks again only half a second later.
        self._producer.poll(0.03)
        try:
            self._settle(self._producer.init_transactions)
        except KafkaException as error:
            raise self._failure(error.args[0]) from error

    def write(self, messages: list[Message], id_header: str | None) -> int:
        """Commit the messages in one transaction, their ids in a header; return the offset after the last.

        Without `id_header` their ids are not written.

        Raises DeliveryError. None of them is visible then; where the broker fell silent during the commit,
        all or none: the next start finds out.
        """
        try:
            for _ in backoff.attempts(OUTAGE_SECONDS):
                if self._is_committed(messages, id_header):
                    return self._end
                self._retries.inc()
                self._settle(self._producer.abort_transaction)
        except KafkaException as error:
            raise self._failure(error.args[0]) from error
        raise self._failure(KafkaError(KafkaError._TIMED_OUT, "every attempt had to be aborted"))

    def _is_committed(self, messages: list[Message], id_header: str | None) -> bool:
        """Try once; return whether it succeeded, or whether the transaction is to be aborted."""
        try:
            self._producer.begin_transaction()
            for message in messages:
                self._produce(message, id_header)
            self._settle(self._producer.commit_transaction)
        except KafkaException as error:
            reason = error.args[0]
            if self._refused is not None or not reason.txn_requires_abort():
                raise
            log.warning("%s:%d: %s; trying again", self._topic, self._partition, reason.str())
            return False
        return True

    def _produce(self, message: Message, id_header: str | None) -> None:
        headers: list[tuple[str, str | bytes | None]] = [*message.headers]
        if id_header is not None:
            headers.append((id_header, message.id))
        for _ in range(ceil(OUTAGE_SECONDS / ANSWER_SECONDS)):
            try:
                self._producer.produce(
                    self._topic,
                    message.value,
                    message.key,
                    self._partition,
                    on_delivery=self._on_delivery,
                    headers=headers,
                )
            except BufferError:  # the queue is full
                self._producer.flush(ANSWER_SECONDS)
            else:
                return
        raise KafkaException(KafkaError(KafkaError._QUEUE_FULL))

    def _on_delivery(self, error: KafkaError | None, report: Report) -> None:
        if error is None:
            self._end = cast(int, report.offset()) + 1
        elif error.code() == KafkaError.MSG_SIZE_TOO_LARGE:  # another attempt would meet the same
            self._refused = error

    def _settle(self, call: Callable[[float], None]) -> None:
        """Repeat a call that the broker has not answered in time, as librdkafka asks."""
        for _ in backoff.attempts(OUTAGE_SECONDS):
            try:
                call(ANSWER_SECONDS)
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
                log.warning("%s:%d: %s; waiting", self._topic, self._partition, error.args[0].str())
                self._retries.inc()
            else:
                return
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"no answer for {OUTAGE_SECONDS:.0f} s"))

    def _failure(self, error: KafkaError) -> DeliveryError:
        what_to_do = {
            KafkaError.MSG_SIZE_TOO_LARGE: "raise the topic's max.message.bytes",
            KafkaError._FENCED: "another process has taken this one's place: stop one of them",
            KafkaError.TOPIC_AUTHORIZATION_FAILED: "grant Write on the topic",
            KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "grant Write on the transactional id",
        }.get(error.code(), "look after the broker; a restart resumes and writes what is missing")
        return DeliveryError(
            f"{self._topic}:{self._partition} cannot be written: {error.str()}: {what_to_do}"
        )
