"""How long after COMMIT an order is in Kafka, and in table rfm."""

import threading
import time

import psycopg
from confluent_kafka import Consumer, TopicPartition

from stack.endpoints import Endpoints

FIRST_ID = 9_000_000_000  # far from the simulator's own
TIMEOUT_SECONDS = 30.0


class Probe:
    """Places one order at a time for a customer of its own and watches it arrive."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._shop = psycopg.connect(endpoints.shop_dsn)
        self._analytics = psycopg.connect(endpoints.analytics_dsn, autocommit=True)
        self._bootstrap = endpoints.kafka_bootstrap
        self._in_kafka: dict[int, float] = {}
        self._stopping = threading.Event()
        self._watching = threading.Event()
        self._thread = threading.Thread(target=self._watch_kafka, daemon=True)
        self._thread.start()
        assert self._watching.wait(TIMEOUT_SECONDS), "Kafka does not answer"

    def run(self, count: int) -> tuple[list[float], list[float]]:
        """Return milliseconds from COMMIT to Kafka and to the row, one of each an order."""
        kafka_ms, row_ms = [], []
        for number in range(count):
            order_id = FIRST_ID + number
            committed = self._place(order_id)
            row_ms.append(1000 * (self._row_seen(order_id) - committed))
            kafka_ms.append(1000 * (self._kafka_seen(order_id) - committed))
            time.sleep(0.05)
        return kafka_ms, row_ms

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._shop.close()
        self._analytics.close()

    def _place(self, order_id: int) -> float:
        self._shop.execute("INSERT INTO customers (id, created_at) VALUES (%s, cdc.shop_now())", [order_id])
        self._shop.execute(
            "INSERT INTO orders (id, customer_id, status, total, placed_at)"
            " VALUES (%s, %s, 'paid', 12.34, cdc.shop_now())",
            [order_id, order_id],
        )
        self._shop.commit()
        return time.monotonic()

    def _row_seen(self, order_id: int) -> float:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            found = self._analytics.execute("SELECT 1 FROM rfm WHERE customer_id = %s", [str(order_id)])
            if found.fetchone():
                return time.monotonic()
            time.sleep(0.002)
        message = f"order {order_id} is not in rfm after {TIMEOUT_SECONDS:.0f} s"
        raise TimeoutError(message)

    def _kafka_seen(self, order_id: int) -> float:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while order_id not in self._in_kafka:
            if time.monotonic() > deadline:
                message = f"order {order_id} is not in Kafka after {TIMEOUT_SECONDS:.0f} s"
                raise TimeoutError(message)
            time.sleep(0.002)
        return self._in_kafka[order_id]

    def _watch_kafka(self) -> None:
        config = {
            "bootstrap.servers": self._bootstrap,
            "group.id": "probe",
            "isolation.level": "read_committed",
        }
        consumer = Consumer(config)
        topic = "shop.public.orders"
        partitions = [
            TopicPartition(topic, p) for p in consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ]
        for partition in partitions:
            partition.offset = consumer.get_watermark_offsets(partition, timeout=10)[1]
        consumer.assign(partitions)
        self._watching.set()
        while not self._stopping.is_set():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None and message.key():
                digits = bytes(c for c in message.key() if 48 <= c <= 57)
                if digits and int(digits) >= FIRST_ID:
                    self._in_kafka.setdefault(int(digits), time.monotonic())
        consumer.close()
