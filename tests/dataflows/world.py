"""A shop's log in memory: what Debezium would write of it, and what must come out in the end."""

import json
import random
from collections import defaultdict
from datetime import datetime

from operators.chunk import Chunk, Record
from operators.erasure import fingerprint
from operators.instant import DAY_US, to_datetime
from tests.operators.oracle import Order
from tests.shop_files import DEMO

PARTITIONS = {"orders": 3, "customers": 2, "refunds": 2}
MODELS, ALERTS = "retentioncast.models", "retentioncast.alerts"
START_US = 19_000 * DAY_US
COUNTED = {"paid", "shipped", "refunded"}
USUAL = ("order",) * 4 + ("update", "refund", "delete", "move", "erase", "heartbeat")
# What only a shop with everything has.
UNUSUAL = (
    "merge",
    "merge",
    "unmerge",
    "refund row",
    "refund row",
    "change refund",
    "negative",
    "dollars",
    "cart",
)


class World:
    """A seeded run of a shop: orders, edits, moves, merges, erasures, with a heartbeat now and then."""

    def __init__(self, seed, shop=DEMO, steps=400, customers=12, step_us=4 * DAY_US):
        self.random = random.Random(seed)
        self.shop = shop
        self.actions = USUAL + (UNUSUAL if shop.follows_merges else ())
        self.orders, self.refunds, self.erased_ids = {}, {}, []
        self.merged_into = dict.fromkeys(f"c{i:06}" for i in range(customers))
        self.logs = defaultdict(list, {source: [] for source in self.own_sources})
        self.now_us = START_US
        self.lsn = 100
        for customer in self.merged_into:
            self._write("customers", "c", None, self._customer(customer))
        for _ in range(steps):
            self.now_us += self.random.randrange(step_us)
            self._act(self.random.choice(self.actions))
        self.heartbeat()

    @property
    def erased(self):
        """The receipts that the erasures must leave."""
        return {fingerprint(customer).hex() for customer in self.erased_ids}

    @property
    def own_sources(self):
        """The partitions that the flow itself writes to."""
        return [f"{MODELS}:0", f"{ALERTS}:0"]

    @property
    def heartbeat_source(self):
        return f"{self.shop.heartbeat_topic}:0"

    def chunk(self, source, start, stop):
        """Return records [start, stop) of one partition."""
        topic, _, partition = source.rpartition(":")
        part = self.logs[source][start:stop]
        records = [Record(source, start + i, key, value) for i, (key, value, _) in enumerate(part)]
        ends = part[-1][-1] if part else None
        if ends is not None:  # asked for when a heartbeat is read
            ends = ends | {own: len(self.logs[own]) for own in self.own_sources}
        return Chunk(topic, int(partition), records, start + len(part), ends)

    def account(self, customer):
        """Return the customer that this one's orders count for."""
        for _ in range(3):
            customer = self.merged_into.get(customer) or customer
        return customer

    def accounts(self):
        """Return the orders that are worth anything, with what has been refunded of each, by account."""
        found = defaultdict(list)
        for order_id, row in self.orders.items():
            if row["customer_id"] is not None and row["status"] in COUNTED:
                refunds = [
                    refund["amount"]
                    for refund in self.refunds.values()
                    if refund["order_id"] == order_id and refund["status"] == "success"
                ]
                taken_back = sum(
                    self._cents(amount, row["currency"]) for amount in [row["refunded"], *refunds]
                )
                placed_us = round(datetime.fromisoformat(row["placed_at"]).timestamp() * 1_000_000)
                cents = self._cents(row["total"], row["currency"]) - taken_back
                order = Order(order_id, placed_us, cents, counted=not row["total"].startswith("-"))
                found[self.account(row["customer_id"])].append(order)
        return found

    def expected(self):
        """Return (orders that count as [(id, placed_at_us)] by instant, cents) by account."""
        return {
            account: (
                sorted(
                    ((order.id, order.placed_us) for order in orders if order.counted),
                    key=lambda order: (order[1], order[0]),
                ),
                sum(order.cents for order in orders),
            )
            for account, orders in self.accounts().items()
            if any(order.counted for order in orders)
        }

    def purchases(self):
        """Return [(order, placed_at_us, cents, is an order)] by account: what table `purchases` must hold."""
        return {
            account: sorted((order.id, order.placed_us, order.cents, order.counted) for order in orders)
            for account, orders in self.accounts().items()
        }

    def heartbeat(self):
        value = {
            "op": "u",
            "after": {"id": 1, "shop_time": to_datetime(self.now_us).isoformat()},
            "source": {"lsn": self.lsn},
        }
        sources = [
            f"{self.shop.connector.topic_prefix}.public.{table}:{p}"
            for table, count in PARTITIONS.items()
            for p in range(count)
            if f"public.{table}" in self.shop.tables
        ]
        self._append(self.heartbeat_source, value, {source: len(self.logs[source]) for source in sources})

    def _act(self, action):
        if action == "heartbeat":
            self.heartbeat()
        elif action in {"merge", "unmerge", "erase"}:
            getattr(self, f"_{action}")()
        elif action in {"order", "negative", "dollars", "cart"} or not self.orders:
            self._order(action)
        elif action == "refund row":
            order_id = self.random.choice(list(self.orders))
            self._set("refunds", self.refunds, f"r{self.lsn}", self._refund(order_id))
        elif action == "change refund":
            if self.refunds:
                refund_id = self.random.choice(list(self.refunds))
                refund = self._refund(self.refunds[refund_id]["order_id"])
                self._set("refunds", self.refunds, refund_id, self.random.choice([refund, None]))
        else:
            self._edit(action, self.random.choice(list(self.orders)))

    def _edit(self, action, order_id):
        if action == "delete":
            self._delete_order(order_id)
            return
        changed = {
            "update": {"status": self.random.choice(["paid", "shipped", "cancelled", "pending"])},
            "refund": {"refunded": f"{self.random.randrange(5)}.{self.random.randrange(100):02}"},
            "move": {"customer_id": self.random.choice(list(self.merged_into))},
        }[action]
        row = self.orders[order_id] | changed
        row["placed_at"] = row["placed_at"] or to_datetime(self.now_us).isoformat()
        self._set("orders", self.orders, order_id, row)

    def _order(self, action):
        is_cart = action == "cart"
        row = {
            "customer_id": self.random.choice(
                [*self.merged_into, None] if is_cart else list(self.merged_into)
            ),
            "status": "cart" if is_cart else "paid",
            "total": f"{self.random.randrange(5, 300)}.{self.random.randrange(100):02}",
            "refunded": "0.00",
            "currency": "USD" if action == "dollars" else "EUR",
            "placed_at": None if is_cart else to_datetime(self.now_us).isoformat(),
            "deleted_at": None,
        }
        if action == "negative":
            row["total"] = f"-{row['total']}"
        self._set("orders", self.orders, str(self.lsn), row)

    def _refund(self, order_id):
        amount = f"{self.random.randrange(9)}.{self.random.randrange(100):02}"
        return {
            "order_id": order_id,
            "amount": amount,
            "status": self.random.choice(["success", "success", "failed"]),
        }

    def _delete_order(self, order_id):
        for refund_id in [key for key, refund in self.refunds.items() if refund["order_id"] == order_id]:
            self._set("refunds", self.refunds, refund_id, None)
        self._set("orders", self.orders, order_id, None)

    def _merge(self):
        guest, account = self.random.sample(list(self.merged_into), 2)
        into = self.merged_into | {guest: account}
        hops = [self._hops(customer, into) for customer in into]
        if max(hops) <= 3:
            self._point(guest, account)

    def _unmerge(self):
        merged = [customer for customer, into in self.merged_into.items() if into is not None]
        if merged:
            self._point(self.random.choice(merged), None)

    def _hops(self, customer, into):
        hops = 0
        while into[customer] is not None and hops <= 3:
            customer, hops = into[customer], hops + 1
        return hops

    def _point(self, guest, account):
        before = self._customer(guest)
        self.merged_into[guest] = account
        self._write("customers", "u", before, self._customer(guest))

    def _erase(self):
        """Delete a customer and all that refers to it; somebody else comes, so that the shop lives on."""
        gone = self.random.choice(list(self.merged_into))
        for guest in [guest for guest, into in self.merged_into.items() if into == gone]:
            self._point(guest, None)
        for order_id in [key for key, row in self.orders.items() if row["customer_id"] == gone]:
            self._delete_order(order_id)
        self._write("customers", "d", self._customer(gone), None)
        del self.merged_into[gone]
        self.erased_ids.append(gone)
        new = f"c{self.lsn:06}"
        self.merged_into[new] = None
        self._write("customers", "c", None, self._customer(new))

    def _customer(self, customer):
        return {"id": customer, "merged_into": self.merged_into[customer]}

    def _set(self, table, rows, key, row):
        """Insert, update or delete (None) a row."""
        before = {"id": key, **rows[key]} if key in rows else None
        after = None if row is None else {"id": key, **row}
        if row is None:
            del rows[key]
        else:
            rows[key] = row
        self._write(table, "d" if after is None else "c" if before is None else "u", before, after)

    def _write(self, table, op, before, after):
        self.lsn += self.random.randrange(1, 9)
        if f"public.{table}" in self.shop.tables:
            value = {"op": op, "before": before, "after": after, "source": {"lsn": self.lsn}}
            partition = int.from_bytes((after or before)["id"].encode()) % PARTITIONS[table]
            self._append(f"{self.shop.connector.topic_prefix}.public.{table}:{partition}", value, None)

    def _append(self, source, value, ends):
        self.logs[source].append((None, json.dumps(value).encode(), ends))

    def _cents(self, amount, currency):
        cents = round(float(amount) * 100)
        if currency == "USD":
            exact = abs(cents) * 9155
            cents = (exact + 5000) // 10_000 * (1 if cents >= 0 else -1)
        return cents
