"""The recompute in SQL and the one in plain Python say the same, and a difference from either is seen."""

import random
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from tests.e2e import versions
from tests.e2e.compare import alert_differences, implied_by
from tests.e2e.versions import Version
from tests.operators import oracle
from tests.operators.oracle import DAY_US, FIRST, Order, Rules

START = datetime(2025, 1, 1, tzinfo=UTC)
PURCHASES = """
    CREATE TEMPORARY TABLE purchases (
        customer_id text, order_id text, placed_at timestamptz, value numeric, is_order boolean
    )
"""
IN_FORCE = [
    Version(None, "first", *oracle.MODEL),
    Version(START + timedelta(days=120), "second", 0.4, 25.0, 0.9, 1.1),
    Version(START + timedelta(days=260, minutes=7), "third", 0.9, 70.0, 0.6, 2.5),
]
SINCE, NOW = START + timedelta(days=80), START + timedelta(days=400)
RULES = [
    Rules(),
    Rules(hysteresis=0.1, cooldown_days=100, control_share=0.3, campaign="spring"),
    Rules(threshold=0.4, lapse_days=60, hysteresis=0.25, cooldown_days=75, currency="USD"),
]


def us(instant):
    return (instant - versions.EPOCH) // oracle.MICROSECOND


def customers_orders(dice):
    """Orders of 300 customers: some placed in the future, at one instant, or a refund on its own."""
    found = defaultdict(list)
    for number in range(300):
        at = START + timedelta(days=dice.uniform(0, 300))
        for order_id in range(dice.randrange(1, 9)):
            cents = dice.randrange(0, 30_000)
            is_order = dice.random() > 0.15
            order = Order(str(order_id), us(at), cents if is_order else -cents, is_order)
            found[f"customer-{number}"].append(order)
            if dice.random() > 0.1:
                at += timedelta(microseconds=dice.randrange(150 * DAY_US))
    return found


def fill(shop, orders_by_customer):
    shop.execute(PURCHASES)
    with shop.cursor().copy("COPY purchases FROM STDIN") as copy:
        for customer_id, orders in orders_by_customer.items():
            for order in orders:
                at = versions.EPOCH + order.placed_us * oracle.MICROSECOND
                copy.write_row((customer_id, order.id, at, Decimal(order.cents).scaleb(-2), order.counted))
    versions.tell(shop, IN_FORCE)


@pytest.mark.stack
def test_the_recompute_in_sql_and_the_one_in_python_say_the_same(fresh_database):
    orders_by_customer = customers_orders(random.Random(6))
    with psycopg.connect(fresh_database()) as shop:
        fill(shop, orders_by_customer)
        for rules in RULES:
            in_sql = implied_by(shop, {**asdict(rules), "now": NOW, "since": SINCE})
            in_python = {}
            for customer_id, orders in orders_by_customer.items():
                models = versions.of(customer_id, IN_FORCE)
                in_python |= oracle.bodies(customer_id, orders, models, us(SINCE), us(NOW), rules)
            assert alert_differences(in_python, in_sql) == []
            of_each = {name: {body[name] for body in in_python.values()} for name in BODY}
            assert of_each["status"] == {"open", "resolved"}
            assert of_each["level"] == {"AT_RISK", "LAPSED"}
            assert of_each["suppressed_by"] == ({None, "cooldown"} if rules.cooldown_days else {None})
            assert of_each["arm"] == ({"treatment", "control"} if rules.control_share else {"treatment"})
            assert of_each["model_version"] == {"first", "second", "third"}
            assert None in of_each["escalated_at"]
            assert len(of_each["escalated_at"]) > 1


[BODY] = oracle.bodies("7", [Order("1", 0, 2000)], FIRST, 0, 60 * DAY_US).values()
ROW = BODY | {
    **{
        name: datetime.fromisoformat(BODY[name])
        for name in ("raised_at", "first_purchase", "latest_purchase")
    },
    **{name: Decimal(BODY[name]) for name in ("order_value", "value_at_risk")},
}


def said(**changed):
    return alert_differences({"7/1": BODY}, {"7/1": ROW | changed})


def test_an_alert_that_is_lost_not_withdrawn_or_another_is_seen():
    assert said() == []
    assert alert_differences({}, {"7/1": ROW}) == [f"lost: 7/1, of {ROW['raised_at']}"]
    assert alert_differences({"7/1": BODY}, {}) == ["not withdrawn: 7/1"]
    for name in ROW:
        others = {"raised_at": SINCE, "first_purchase": SINCE, "latest_purchase": SINCE}
        other = others.get(name, Decimal("99.90") if isinstance(ROW[name], Decimal) else "another")
        [line] = said(**{name: other})
        assert line.startswith(f"7/1: {name} is {BODY[name]} on the topic")


def test_a_crossing_may_differ_by_a_rounding_and_an_estimate_by_a_cent():
    assert said(raised_at=ROW["raised_at"] + timedelta(milliseconds=1)) == []
    assert said(raised_at=ROW["raised_at"] + timedelta(milliseconds=2)) != []
    assert said(value_at_risk=ROW["value_at_risk"] + Decimal("0.01")) == []
    assert said(value_at_risk=ROW["value_at_risk"] + Decimal("0.02")) != []
    assert said(order_value=ROW["order_value"] + Decimal("0.01")) != []
