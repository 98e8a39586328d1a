"""What the cluster says of topics: which partitions they have, and where these end."""

import logging

from confluent_kafka import (
    OFFSET_END,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from connectors import backoff
from connectors.errors import BrokerUnreachableError, PartitionsChangedError, TopicMissingError

START_SECONDS = 30.0
ANSWER_SECONDS = 2.0

log = logging.getLogger(__name__)

_NOT_VISIBLE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED)


def name_of(partition: TopicPartition) -> str:
    """Return a partition's name, `topic:partition`."""
    return f"{partition.topic}:{partition.partition}"


class Topics:
    """Some topics of a cluster, as an administrator sees them."""

    def __init__(self, config: dict[str, str], names: list[str]) -> None:
        self._config = config
        self._names = names
        self._client: AdminClient | None = None
        self._partitions: list[TopicPartition] = []

    def partitions(self) -> list[TopicPartition]:
        """Return every partition of the topics, waiting a while for the broker and for missing topics.

        Raises BrokerUnreachableError or TopicMissingError.
        """
        missing: dict[str, str] = {}
        failure = "no answer"
        for _ in backoff.attempts(START_SECONDS):
            try:
                counts, missing = self._counts()
            except KafkaException as error:
                failure = error.args[0].str()
                continue
            failure = ""
            if not missing:
                self._partitions = [
                    TopicPartition(name, partition)
                    for name in self._names
                    for partition in range(counts[name])
                ]
                return self._partitions
        if failure:
            msg = (
                f"no Kafka broker answers at {self._config.get('bootstrap.servers')} "
                f"within {START_SECONDS:.0f} s ({failure}): is it running, and is the address right?"
            )
            raise BrokerUnreachableError(msg)
        reasons = ", ".join(f"{name} ({reason})" for name, reason in missing.items())
        msg = (
            f"Kafka has no topic {reasons}: create it, or set the topic's right name, or grant Describe on it"
        )
        raise TopicMissingError(msg)

    def ends(self) -> dict[str, int] | None:
        """Return every partition's high watermark by `topic:partition`, None when the broker is silent.

        High watermark, not last stable offset: records of a transaction whose commit marker is still to be
        written are below it, so whoever has read that far has missed nothing.

        Raises PartitionsChangedError when a partition has been added: what lies in it is read by nobody.
        """
        latest = {partition: OffsetSpec.latest() for partition in self._partitions}  # type: ignore[no-untyped-call]
        isolation = IsolationLevel.READ_UNCOMMITTED
        try:
            # Both are asked at once and take one round trip.
            offsets = self._admin.list_offsets(
                latest, isolation_level=isolation, request_timeout=ANSWER_SECONDS
            )
            counts, missing = self._counts()
            found = {name_of(partition): end.result().offset for partition, end in offsets.items()}
        except KafkaException as error:
            log.warning("the ends of %s are not known: %s", self._listed, error.args[0].str())
            return None
        if missing or sum(counts.values()) != len(self._partitions):
            msg = f"the partitions of {self._listed} have changed: restart to read the new ones as well"
            raise PartitionsChangedError(msg)
        return found

    def wait_for_ends(self) -> dict[str, int]:
        """Return the same as `ends`, waiting a while for the broker.

        Raises BrokerUnreachableError.
        """
        for _ in backoff.attempts(START_SECONDS):
            found = self.ends()
            if found is not None:
                return found
        msg = f"no Kafka broker tells where {self._listed} ends: restart when it answers again"
        raise BrokerUnreachableError(msg)

    def cut(self) -> None:
        """Delete every record there is now.

        Raises BrokerUnreachableError or TopicMissingError.
        """
        whole = [TopicPartition(p.topic, p.partition, OFFSET_END) for p in self.partitions()]
        try:
            for future in self._admin.delete_records(whole, request_timeout=START_SECONDS).values():
                future.result()
        except KafkaException as error:
            msg = f"the records of {self._listed} cannot be deleted: {error.args[0].str()}"
            raise BrokerUnreachableError(msg) from error

    @property
    def _listed(self) -> str:
        return ", ".join(self._names)

    @property
    def _admin(self) -> AdminClient:
        if self._client is None:
            # What goes wrong is raised; librdkafka's own log repeats it twenty times a second.
            self._client = AdminClient({**self._config, "log_level": 0})
        return self._client

    def _counts(self) -> tuple[dict[str, int], dict[str, str]]:
        """Return the number of partitions by topic, and why by missing topic."""
        described = self._admin.describe_topics(TopicCollection(self._names), request_timeout=ANSWER_SECONDS)
        counts: dict[str, int] = {}
        missing: dict[str, str] = {}
        for name, future in described.items():
            try:
                counts[name] = len(future.result().partitions)
            except KafkaException as error:
                if error.args[0].code() not in _NOT_VISIBLE:
                    raise
                missing[name] = error.args[0].str()
        return counts, missing
