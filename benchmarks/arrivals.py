"""When alerts arrive at a subscriber, and how late that is."""

import threading
from bisect import bisect_left
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from benchmarks.shop import now_us
from operators import alert_body
from operators.alert_body import AlertBody
from operators.instant import to_us

ANSWER_SECONDS = 10.0
POLL_SECONDS = 0.1
RAISED = b"retentioncast.alert.raised"


class Arrival(NamedTuple):
    """One alert: the crossing, the stream time at which it was told, and when a subscriber had it."""

    raised_us: int
    told_us: int
    arrived_us: int


class Subscriber:
    """Reads what is committed to a topic that is new, in a thread of its own."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "lateness",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "log_level": 3,
            }
        )
        self._received: list[tuple[int, bytes]] = []
        self._stopping = threading.Event()
        partitions = self._consumer.list_topics(topic, ANSWER_SECONDS).topics[topic].partitions
        self._consumer.assign(
            [TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions]
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        """How many alerts have arrived so far."""
        return len(self._received)

    def raised_between(self, since_us: int, until_us: int) -> list[Arrival]:
        """Return the arrivals so far of alerts that were raised at these instants."""
        bodies = [(arrived_us, alert_body.from_json(value)) for arrived_us, value in self._received[:]]
        found = [
            Arrival(to_us(body.raised_at), to_us(body.told_at), arrived_us)
            for arrived_us, body in bodies
            if isinstance(body, AlertBody)
        ]
        return [arrival for arrival in found if since_us <= arrival.raised_us < until_us]

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._stopping.is_set():
            message = self._consumer.poll(POLL_SECONDS)
            if message is None or message.error() is not None:
                continue
            value = message.value()
            if value is not None and dict(message.headers() or [])["ce_type"] == RAISED:
                self._received.append((now_us(), value))


def percentile(values: Sequence[int], share: float) -> int:
    """Return the least value that so large a share of all does not exceed."""
    return sorted(values)[ceil(len(values) * share) - 1]


def share_at_once(arrivals: Sequence[Arrival], heartbeats_us: Sequence[int]) -> float:
    """Return the share that was told at the first heartbeat after the crossing."""
    at_once = 0
    for arrival in arrivals:
        place = bisect_left(heartbeats_us, arrival.raised_us)
        at_once += place < len(heartbeats_us) and heartbeats_us[place] == arrival.told_us
    return at_once / len(arrivals)
