"""What the panel shows: read from the analytics tables, the shop's clock and the topics."""

import json
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import psycopg
from confluent_kafka import Consumer, Message, TopicPartition

from stack.endpoints import Endpoints

ALERTS_TOPIC = "retentioncast.alerts"
RAISED = b"retentioncast.alert.raised"
CHANGE_TOPICS = ("shop.public.orders", "shop.cdc.heartbeat")
STATES = ("ACTIVE", "OVERDUE", "AT_RISK", "LAPSED")
NEWEST_ALERTS = 8
MODEL_IN_FORCE = """
    SELECT version, fitted_at, customers FROM models, stream_time
    WHERE adopted AND (effective_from IS NULL OR effective_from <= now)
    ORDER BY effective_from DESC NULLS LAST LIMIT 1
"""


@dataclass(frozen=True)
class Alert:
    """An alert as a subscriber sees it."""

    customer_id: str
    level: str
    raised_at: datetime
    latest_purchase: datetime
    order_count: int
    order_value: Decimal
    currency: str


@dataclass(frozen=True)
class Model:
    """The version of the model in force; `fitted_at` is None where the settings gave it."""

    version: str
    fitted_at: datetime | None
    customers: int | None


@dataclass(frozen=True)
class Reading:
    """One look at the system."""

    shop_time: datetime
    stream_time: datetime | None
    states: dict[str, int]
    order_count: int
    order_value: Decimal
    events: int
    events_per_second: float
    alert_count: int
    alerts: list[Alert]
    model: Model | None


@dataclass
class _Rate:
    """Events a second over the last few seconds."""

    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=10))

    def of(self, count: int) -> float:
        self.samples.append((time.monotonic(), count))
        (first_at, first), (last_at, last) = self.samples[0], self.samples[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0


class Reader:
    """Reads the system; opens its connections once."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._shop = psycopg.connect(endpoints.shop_dsn, autocommit=True)
        self._analytics = psycopg.connect(endpoints.analytics_dsn, autocommit=True)
        self._consumer = Consumer(
            {
                "bootstrap.servers": endpoints.kafka_bootstrap,
                "group.id": "retentioncast-demo",  # asked for by librdkafka; nothing is committed
                "enable.auto.commit": "false",
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
            }
        )
        self._consumer.assign(self._partitions(ALERTS_TOPIC))
        self._changes = [partition for topic in CHANGE_TOPICS for partition in self._partitions(topic)]
        self._alerts: deque[Alert] = deque(maxlen=NEWEST_ALERTS)
        self._alert_count = 0
        self._rate = _Rate()

    def read(self) -> Reading:
        """Return how things stand now."""
        self._take_alerts()
        events = sum(self._consumer.get_watermark_offsets(p, timeout=5)[1] for p in self._changes)
        shop_time = _one(self._shop, "SELECT cdc.shop_now()")[0]
        totals = _one(
            self._analytics, "SELECT coalesce(sum(order_count), 0), coalesce(sum(order_value), 0) FROM rfm"
        )
        states = self._analytics.execute("SELECT state, count(*) FROM rfm GROUP BY state").fetchall()
        model = self._analytics.execute(MODEL_IN_FORCE).fetchone()
        stream = self._analytics.execute("SELECT now FROM stream_time").fetchone()
        return Reading(
            shop_time=shop_time,
            stream_time=None if stream is None else stream[0],
            states=dict(states),
            order_count=int(totals[0]),
            order_value=totals[1],
            events=events,
            events_per_second=self._rate.of(events),
            alert_count=self._alert_count,
            alerts=list(self._alerts),
            model=None if model is None else Model(*model),
        )

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()
        self._shop.close()
        self._analytics.close()

    def _take_alerts(self) -> None:
        while messages := self._consumer.consume(1000, timeout=0.01):
            for message in messages:
                value = message.value()
                # All other types, and a tombstone, tell of no new alert.
                if message.error() is None and value is not None and _type(message) == RAISED:
                    self._alert_count += 1
                    self._alerts.appendleft(alert(json.loads(value)))

    def _partitions(self, topic: str) -> list[TopicPartition]:
        metadata = self._consumer.list_topics(topic, timeout=10)
        return [TopicPartition(topic, partition, 0) for partition in metadata.topics[topic].partitions]


def _type(message: Message) -> object:
    return dict(message.headers() or []).get("ce_type")


def alert(body: dict[str, str]) -> Alert:
    """Return the alert that a message's value tells."""
    return Alert(
        customer_id=body["customer_id"],
        level=body["level"],
        raised_at=datetime.fromisoformat(body["raised_at"]),
        latest_purchase=datetime.fromisoformat(body["latest_purchase"]),
        order_count=int(body["order_count"]),
        order_value=Decimal(body["order_value"]),
        currency=body["currency"],
    )


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> tuple:  # type: ignore[type-arg]
    row = connection.execute(query).fetchone()
    assert row is not None, query  # noqa: S101
    return row
