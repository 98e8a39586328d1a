"""A shop's log in memory: what Debezium would write of it, and what must come out in the end."""

import json
import random
from collections import defaultdict
from datetime import datetime

from operators.chunk import Chunk, Record
from operators.envelope import Shop
from operators.order import to_datetime

SHOP = Shop("shop.public.orders", "shop.cdc.heartbeat", frozenset({"paid", "shipped", "refunded"}), "EUR")
PARTITIONS = 3
DAY_US = 86_400_000_000
START_US = 19_000 * DAY_US
HEARTBEAT = f"{SHOP.heartbeat_topic}:0"


class World:
    """A seeded run of orders, updates, refunds, deletes and moves, with a heartbeat now and then."""

    def __init__(self, seed: int, steps: int = 400, customers: int = 12) -> None:
        self.random = random.Random(seed)
        self.orders = {}
        self.logs = defaultdict(list)
        self.now_us = START_US
        self.lsn = 100
        self.customers = [str(i) for i in range(customers)]
        for _ in range(steps):
            self.now_us += self.random.randrange(4 * DAY_US)
            self._step()
        self.heartbeat()

    def _step(self) -> None:
        action = self.random.choice(["order"] * 4 + ["update", "refund", "delete", "move", "heartbeat"])
        if action == "heartbeat":
            self.heartbeat()
        elif action == "order" or not self.orders:
            self._order()
        else:
            order_id = self.random.choice(list(self.orders))
            before = self.orders[order_id]
            changed = {
                "update": {"status": self.random.choice(["paid", "shipped", "cancelled", "pending"])},
                "refund": {"refunded": f"{self.random.randrange(5)}.{self.random.randrange(100):02}"},
                "move": {"customer_id": self.random.choice(self.customers)},
                "delete": None,
            }[action]
            if changed is None:
                self._write("d", before, None)
                del self.orders[order_id]
            else:
                self.orders[order_id] = before | changed
                self._write("u", before, self.orders[order_id])

    def _order(self) -> None:
        row = {
            "id": str(self.lsn),
            "customer_id": self.random.choice(self.customers),
            "status": "paid",
            "total": f"{self.random.randrange(5, 300)}.{self.random.randrange(100):02}",
            "refunded": "0.00",
            "currency": "EUR",
            "placed_at": to_datetime(self.now_us).isoformat(),
        }
        self.orders[row["id"]] = row
        self._write("c", None, row)

    def _write(self, op, before, after) -> None:
        self.lsn += self.random.randrange(1, 9)
        value = {"op": op, "before": before, "after": after, "source": {"lsn": self.lsn}}
        partition = int((after or before)["id"]) % PARTITIONS
        self._append(f"{SHOP.orders_topic}:{partition}", value, None)

    def heartbeat(self) -> None:
        value = {"op": "u", "after": {"id": 1, "shop_time": to_datetime(self.now_us).isoformat()}}
        ends = {
            f"{SHOP.orders_topic}:{p}": len(self.logs[f"{SHOP.orders_topic}:{p}"]) for p in range(PARTITIONS)
        }
        self._append(HEARTBEAT, value, ends)

    def _append(self, source, value, ends) -> None:
        self.logs[source].append((json.dumps(value).encode(), ends))

    def chunk(self, source: str, start: int, stop: int) -> Chunk:
        """Return records [start, stop) of one partition."""
        topic, _, partition = source.rpartition(":")
        part = self.logs[source][start:stop]
        records = [Record(start + i, None, value) for i, (value, _) in enumerate(part)]
        return Chunk(topic, int(partition), records, start + len(part), part[-1][1] if part else None)

    def counted(self, customer_id: str) -> list[tuple[str, int, int]]:
        """Return (id, placed_at_us, cents) of the customer's orders that count, by instant."""
        found = []
        for row in self.orders.values():
            if row["customer_id"] == customer_id and row["status"] in SHOP.counted_statuses:
                placed_us = round(datetime.fromisoformat(row["placed_at"]).timestamp() * 1_000_000)
                cents = round(float(row["total"]) * 100) - round(float(row["refunded"]) * 100)
                found.append((row["id"], placed_us, cents))
        return sorted(found, key=lambda order: (order[1], order[0]))
