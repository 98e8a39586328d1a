"""Alerts of great buyers, whose settled orders are folded into sums: the same as if none were."""

import random
from dataclasses import replace

import pytest
from msgspec.structs import replace as replaced

from operators import announcement
from operators.alert_body import from_json
from operators.announcement import Announcement
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.instant import DAY_US
from operators.order import Echo, OrderChange
from operators.policy import Policy
from operators.schedule import Schedule
from tests.dataflows import alerts_topic
from tests.operators import oracle

RECORD = Record("orders:0", 0, None, None)
VERSIONS = [oracle.Version(0, oracle.MODEL, "test")]


def changed(order_id, day, cents=1000, version=1, *, counted=True):
    return OrderChange("c", order_id, version, round(day * DAY_US), cents, counted, RECORD)


class Life:
    """A customer, and what the topic is told."""

    def __init__(self, risk, cooldown_days=0):
        policy = Policy("EUR", cooldown_days=cooldown_days)
        self.shard = CustomerShard(Lifecycle(Schedule(risk), policy), 1, 0)
        self.group = self.shard.add_group()
        self.messages = []

    def change(self, *changes):
        list(self.group.on_changes(list(changes)))

    def reach(self, day):
        beat = Progress("beat:0", 1, Heartbeat(round(day * DAY_US), {}))
        said = [one for one in self.shard.on_progress([beat]) if isinstance(one, Announcement)]
        self.messages += [announcement.to_message(one) for one in said]
        return said

    @property
    def customer(self):
        return Lifecycle.unpack(self.group._packed["c"])


def mismatches(life, orders, day, rules):
    implied = oracle.bodies("c", orders, VERSIONS, 0, round(day * DAY_US), rules)
    return alerts_topic.mismatches(alerts_topic.standing(life.messages), implied)


@pytest.mark.parametrize("cooldown_days", [0, 100, 150])
@pytest.mark.parametrize("seed", range(3))
def test_what_stands_on_the_topic_is_what_all_orders_imply(risk, seed, cooldown_days):
    dice, life, orders = random.Random(seed), Life(risk, cooldown_days), []
    rules = replace(oracle.DEFAULTS, cooldown_days=cooldown_days)
    day = 1.0
    life.reach(day)
    for burst in range(16):
        for k in range(dice.randrange(5, 10)):
            day += dice.uniform(0.01, 0.5)
            refund = k > 0 and dice.random() < 0.3
            order = changed(
                f"{burst:02}-{k}", day, -dice.randrange(500) if refund else 1000, counted=not refund
            )
            life.change(order)
            orders.append(
                oracle.Order(order.order_id, order.placed_at_us, order.cents, counted=order.counted)
            )
            life.reach(day)
        for _ in range(dice.randrange(30, 110)):
            day += 1
            life.reach(day)
    assert life.customer.folded is not None
    assert mismatches(life, orders, day, rules) == []


def great(risk):
    """A buyer of four old orders and sixty new ones, whose next one has the old ones folded."""
    life = Life(risk)
    life.reach(1)
    life.change(*(changed(f"old{i}", 100 * i + 1) for i in range(4)))
    life.reach(420)
    life.change(*(changed(f"new{i:02}", 500 + i) for i in range(60)))
    life.reach(860)
    return life


def test_a_change_that_comes_again_before_time_moves_folds_nothing_that_is_yet_to_be_told(risk):
    life = great(risk)
    life.change(changed("last", 860))
    life.change(changed("last", 860, 1500, version=2))
    assert [(one.kind, one.body.alert_id) for one in life.reach(861)] == [("resolved", "c/new59")]
    life.change(changed("last", 860, 1500, version=3))
    assert life.customer.folded is not None
    assert life.reach(862) == []


def test_what_a_run_that_crashed_told_of_a_folded_silence_stays(risk):
    life = great(risk)
    [alert] = [message for message in life.messages if message.id.startswith("c/old0/resolved")]
    body = from_json(alert.value)
    life.change(changed("last", 860))
    life.reach(861)
    life.change(changed("last", 860, version=2))
    assert life.customer.folded is not None
    life.change(Echo("c", replaced(body, told_at=body.told_at.replace(year=1975)), 7))
    assert [one.body.alert_id for one in life.reach(2000) if one.kind == "withdrawn"] == []


def test_a_refund_behind_the_last_folded_order_belongs_to_the_next_silence(risk):
    life = Life(risk)
    life.reach(1)
    life.change(*(changed(f"{i:02}", 1 + i / 2) for i in range(66)))
    life.change(changed("refund", 45, -5000, counted=False))
    life.reach(200)
    life.change(changed("refund", 45, -5001, version=2, counted=False))
    life.reach(500)
    life.change(changed("66", 500))
    [resolved] = [one for one in life.reach(501) if one.kind == "resolved"]
    assert resolved.body.order_value == "660.00"
    assert life.customer.folded is not None
