"""A shop without a database: it writes to Kafka what Debezium would."""

import random
import threading
import time
from collections.abc import Iterable

from confluent_kafka import Producer

from benchmarks.silences import Customer
from operators.instant import to_text
from stack.part import say

ORDERS_TOPIC = "shop.public.orders"
HEARTBEAT_TOPIC = "shop.cdc.heartbeat"
LSN_STEP = 64
STEP_SECONDS = 0.01
QUEUE_MESSAGES = 200_000
ANSWER_SECONDS = 60.0
SAY_EVERY_ORDERS = 500_000

CONFIG: dict[str, str | int | float | bool] = {
    "enable.idempotence": True,
    "compression.type": "lz4",
    "linger.ms": 1,
    "log_level": 3,  # a broker that has just started is not ready at once
    "queue.buffering.max.messages": 2 * QUEUE_MESSAGES,
}


def change(operation: str, table: str, row: str, lsn: int, at_us: int) -> bytes:
    """Return Debezium's envelope of one row's change, as the demo's connector writes it."""
    schema, _, name = table.partition(".")
    before = row if operation == "u" else "null"
    at = f'"ts_ms":{at_us // 1000},"ts_us":{at_us},"ts_ns":{at_us}000'
    source = (
        f'{{"version":"3.7.0.Final","connector":"postgresql","name":"shop","snapshot":null,"db":"shop",'
        f'"sequence":"[\\"{lsn}\\",\\"{lsn}\\"]","schema":"{schema}","table":"{name}",'
        f'"txId":{lsn // LSN_STEP},"lsn":{lsn},"xmin":null,"origin":null,"origin_lsn":null,{at}}}'
    )
    envelope = (
        f'{{"before":{before},"after":{row},"source":{source},"transaction":null,"op":"{operation}",{at}}}'
    )
    return envelope.encode()


def order(order_id: int, customer_id: int, placed_us: int, lsn: int, at_us: int) -> bytes:
    """Return the change that places a paid order."""
    row = (
        f'{{"id":{order_id},"customer_id":{customer_id},"status":"paid","total":"{order_id % 100 + 10}.95",'
        f'"refunded":"0.00","currency":"EUR","placed_at":"{to_text(placed_us)}"}}'
    )
    return change("c", ORDERS_TOPIC.removeprefix("shop."), row, lsn, at_us)


def heartbeat(time_us: int, lsn: int) -> bytes:
    """Return the change by which the shop tells its time."""
    row = f'{{"id":1,"shop_time":"{to_text(time_us)}"}}'
    return change("u", HEARTBEAT_TOPIC.removeprefix("shop."), row, lsn, time_us)


class Shop:
    """Orders of the past all at once, then a live shop: some orders a second, and heartbeats of real time.

    `heartbeats_us`: those sent so far.
    """

    def __init__(self, bootstrap: str, heartbeat_seconds: float) -> None:
        self._producer = Producer({**CONFIG, "bootstrap.servers": bootstrap})
        self._heartbeat_seconds = heartbeat_seconds
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lsn = 1_000_000
        self._order_id = 0
        self.heartbeats_us: list[int] = []

    def load(self, customers: Iterable[Customer]) -> int:
        """Place the orders of the past of these customers; return how many there were."""
        first_id = self._order_id
        for customer in customers:
            for at_us in customer.placed_us:
                self._place(customer.id, at_us, now_us())
                if (self._order_id - first_id) % SAY_EVERY_ORDERS == 0:
                    say(f"{self._order_id - first_id:,} orders written")
        self._flush()
        return self._order_id - first_id

    def open(self, customers: int, orders_per_second: int) -> None:
        """Begin to tell the time, and to place orders of the first so many customers."""
        self._thread = threading.Thread(target=self._live, args=(customers, orders_per_second), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the live shop, if it was opened."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._flush()

    def _live(self, customers: int, orders_per_second: int) -> None:
        draw = random.Random(1)  # noqa: S311
        began_s, placed, beats = time.time(), 0, 0
        while not self._stopping.wait(STEP_SECONDS):
            at_us = now_us()
            passed_seconds = at_us / 1e6 - began_s
            while placed < passed_seconds * orders_per_second:
                self._place(draw.randrange(customers), at_us, at_us)
                placed += 1
            if passed_seconds >= beats * self._heartbeat_seconds:
                beats = int(passed_seconds / self._heartbeat_seconds) + 1
                self._beat()
            self._producer.poll(0)

    def _beat(self) -> None:
        with self._writing:
            self._lsn += LSN_STEP
            at_us = now_us()
            self._producer.produce(HEARTBEAT_TOPIC, heartbeat(at_us, self._lsn), b'{"id":1}')
            self.heartbeats_us.append(at_us)

    def _place(self, customer_id: int, placed_us: int, at_us: int) -> None:
        with self._writing:
            self._lsn += LSN_STEP
            self._order_id += 1
            value = order(self._order_id, customer_id, placed_us, self._lsn, at_us)
            self._producer.produce(ORDERS_TOPIC, value, b'{"id":%d}' % self._order_id)
        if len(self._producer) > QUEUE_MESSAGES:
            self._producer.poll(0.1)

    def _flush(self) -> None:
        if left := self._producer.flush(ANSWER_SECONDS):
            msg = f"{left} changes are not in Kafka after {ANSWER_SECONDS:.0f} s"
            raise TimeoutError(msg)


def now_us() -> int:
    """Return the present."""
    return time.time_ns() // 1000
