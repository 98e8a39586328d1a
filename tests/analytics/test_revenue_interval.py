"""Whether what simulated shops bring in lies within the interval that was told before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from models import MBGNBD
from simulator.instants import DAY_US
from simulator.population import Population
from tests.analytics.store import Purchase

pytestmark = pytest.mark.stack

NOW_US = 20_000 * DAY_US
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOPS = 40


def simulated(seed):
    """The history of a shop without seasons, and what its customers bring in within 30 and 90 days."""
    shop = Population(seed, "cdnow", "mbg", 1.0, customers=600, days=600, until_us=NOW_US).generation(0)
    orders, people = shop.orders, shop.people
    stands = (orders.cancelled_us > orders.placed_us + DAY_US) & (people.erased_us[orders.person] > NOW_US)
    past, known = stands & (orders.placed_us <= NOW_US), people.arrived_us[orders.person] <= NOW_US
    cents = orders.cents - orders.refunded_cents
    brought_in = []
    for days in (30, 90):
        within = stands & known & ~past & (orders.placed_us <= NOW_US + days * DAY_US)
        brought_in.append(float(cents[within].sum() / 100))
    columns = (orders.person[past].tolist(), orders.placed_us[past].tolist(), cents[past].tolist())
    history = [
        Purchase(str(person), EPOCH + timedelta(microseconds=placed_us), Decimal(worth) / 100)
        for person, placed_us, worth in zip(*columns, strict=True)
    ]
    return history, brought_in


def fit(store):
    lines = store.ask("SELECT frequency, first_purchase, latest_purchase, as_of FROM customers_now")
    first = np.array([line["first_purchase"].timestamp() for line in lines]) / 86400
    latest = np.array([line["latest_purchase"].timestamp() for line in lines]) / 86400
    x, now = np.array([line["frequency"] for line in lines]), NOW_US / DAY_US
    model = MBGNBD.fit(x, np.where(x > 0, latest - first, 0.0), now - first)
    return model.r, model.alpha, model.a, model.b


def test_nineteen_of_twenty_intervals_hold(store):
    store.describe(now=EPOCH + timedelta(microseconds=NOW_US))
    deviations = []
    for seed in range(SHOPS):
        store.database.execute("TRUNCATE purchases, rfm, models")
        history, brought_in = simulated(seed)
        store.buy(history)
        store.adopt(model=fit(store))
        for days, amount in zip((30, 90), brought_in, strict=True):
            (line,) = store.ask("SELECT * FROM expected_revenue(%s)", days)
            deviations.append((amount - line["expected_revenue"]) / line["standard_deviation"])
    # If 93 % of intervals hold, 69 to 79 of 80 do, in 98 of 100 tests like this one.
    assert 69 <= sum(abs(deviation) < 1.96 for deviation in deviations) < 80
    assert 0.75 < np.std(deviations) < 1.25
    assert abs(np.mean(deviations)) < 0.4
