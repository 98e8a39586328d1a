"""The flow in one process, run to the end of the log of a shop whose customers follow the model."""

import random
import zlib

import numpy as np
from bytewax.recovery import RecoveryConfig
from bytewax.testing import run_main

from dataflows import recovery
from operators import version
from operators.census import SPREAD_US
from operators.instant import DAY_US, to_datetime
from tests.dataflows.scripted import KEY_GROUPS, Outside, ScriptedSource, built
from tests.dataflows.world import START_US, World
from tests.operators import oracle


class GrownShop(World):
    """The log of an invented shop, as far as it has lived; its day 0 is START_US."""

    def __init__(self, invented):
        super().__init__(0, steps=0, customers=0)
        self.logs[self.heartbeat_source].clear()
        self.day = 0.0
        by_day = np.argsort(invented.day)[::-1]
        self._to_come = list(zip(invented.day[by_day].tolist(), invented.who[by_day].tolist(), strict=True))

    def live(self, until_day, beat_days=1.0):
        """Place the orders up to a day, with a heartbeat every so often."""
        while self.day < until_day:
            self.day = min(self.day + beat_days, until_day)
            while self._to_come and self._to_come[-1][0] <= self.day:
                day, who = self._to_come.pop()
                self._order_at(us_of(day), f"c{who:06}")
            self.now_us = us_of(self.day)
            self.heartbeat()

    def ask(self, day):
        """Ask for a census."""
        message = version.to_message(version.Request(us_of(day)))
        self.logs[self.own_sources[0]].append((message.key, message.value, None))

    def implied(self, since_us, adopted=(), now_us=None):
        """Return the bodies of the alerts that the orders imply, by id: by now, if nothing else is said."""
        found = {}
        for customer_id, orders in self.accounts().items():
            delay_us = zlib.crc32(customer_id.encode()) % KEY_GROUPS * SPREAD_US // KEY_GROUPS
            versions = [oracle.Version(0, oracle.MODEL, "test")] + [
                oracle.Version(v.effective_from_us + delay_us, (v.r, v.alpha_days, v.a, v.b), v.version)
                for v in adopted
            ]
            found |= oracle.bodies(customer_id, orders, versions, since_us, now_us or self.now_us)
        return found

    def _order_at(self, placed_us, customer_id):
        row = {"customer_id": customer_id, "status": "paid", "total": "20.00", "refunded": "0.00"}
        row |= {"currency": "EUR", "placed_at": to_datetime(placed_us).isoformat(), "deleted_at": None}
        self._set("orders", self.orders, str(self.lsn), row)


def run(shop, risk, store, storm_share=1.0):
    """Start the flow, or start it again, and let it run to the log's end; return what it has told."""
    recovery.prepare(store, 2)
    outside = Outside(shop)
    source = ScriptedSource(shop, outside, random.Random(0), abort_chance=0)
    rules = {"alerts_since_us": None, "is_refitted": True, "storm_share": storm_share}
    run_main(built(source, shop, outside, risk, **rules), recovery_config=RecoveryConfig(store))
    assert outside.now_us == shop.now_us
    return outside


def us_of(day):
    """Return the instant of a day, and of a part of it."""
    return START_US + round(day * DAY_US)
