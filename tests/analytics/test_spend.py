"""What an order is worth: the variances against their definition, and credibility against Gamma-Gamma."""

from collections import defaultdict
from decimal import Decimal

import numpy as np
import pytest

from models import GammaGamma
from tests.analytics.store import DAY, NOON, Purchase

pytestmark = pytest.mark.stack


def spend(store):
    (line,) = store.ask("SELECT * FROM spend")
    return line


def definition(purchases):
    """Mean and variances of the customers' orders, from every single one: estimators of a one-way layout."""
    orders = defaultdict(list)
    for purchase in purchases:
        orders[purchase.customer_id].append(float(purchase.value))
    groups = [np.array(values) for values in orders.values()]
    counts = np.array([group.size for group in groups])
    means = np.array([group.mean() for group in groups])
    total = counts.sum()
    within = sum(((group - group.mean()) ** 2).sum() for group in groups) / (total - len(groups))
    around = counts @ (means - counts @ means / total) ** 2
    between = (around - (len(groups) - 1) * within) / (total - (counts**2).sum() / total)
    credibility = counts * between / (counts * between + within)
    return {
        "mean_value": pytest.approx(credibility @ means / credibility.sum()),
        "variance_within": pytest.approx(within),
        "variance_between": pytest.approx(between),
    }


@pytest.mark.parametrize("seed", range(3))
def test_mean_and_variances_are_those_of_a_one_way_layout(store, seed):
    rng = np.random.default_rng(seed)
    purchases = [
        Purchase(str(number), NOON - DAY, Decimal(f"{mean * rng.uniform(0.5, 1.5):.2f}"))
        for number, mean in enumerate(rng.gamma(3, 20, 60))
        for _ in range(rng.integers(1, 6))
    ]
    store.buy(purchases)
    assert spend(store) == definition(purchases)


def test_a_customers_mean_is_shrunken_as_gamma_gamma_does(store):
    model = GammaGamma(p=6.0, q=12.0, v=80.0)
    rng = np.random.default_rng(1)
    rate = rng.gamma(model.q, 1 / model.v, 4000)
    counts = rng.integers(1, 8, rate.size)
    store.buy(
        Purchase(str(number), NOON - DAY, Decimal(f"{value:.2f}"))
        for number, count in enumerate(counts.tolist())
        for value in rng.gamma(model.p, 1 / rate[number], count)
    )
    found = spend(store)
    # Equation (5) of Fader & Hardie (2013) gives n orders the weight n / (n + (q - 1) / p).
    ratio = found["variance_within"] / found["variance_between"]
    assert ratio == pytest.approx((model.q - 1) / model.p, rel=0.1)
    assert found["mean_value"] == pytest.approx(float(model.expected_spend(0, 0)), rel=0.02)


def test_a_refund_lowers_the_mean_and_is_no_order(store):
    store.buy(
        [
            Purchase("c1", NOON - DAY, Decimal(10)),
            Purchase("c2", NOON - DAY, Decimal(50)),
            Purchase("c2", NOON - DAY, Decimal(-20), is_order=False),
        ]
    )
    assert spend(store) == {"mean_value": 20, "variance_within": 200, "variance_between": 0}


@pytest.mark.parametrize(
    ("values", "mean", "within", "between"),
    [
        ([], None, None, 0),
        ([("c1", 10)], 10, None, 0),
        ([("c1", 10), ("c2", 30)], 20, 200, 0),
        ([("c1", 10), ("c1", 30)], 20, 200, 0),
        ([("c1", 10), ("c1", 10), ("c2", 10)], 10, 0, 0),
        ([("c1", 10), ("c1", 10), ("c2", 40), ("c2", 40)], 25, 0, 450),
        ([("c1", 0)], 0, None, 0),
    ],
)
def test_few_orders_tell_what_they_can(store, values, mean, within, between):
    store.buy([Purchase(customer_id, NOON - DAY, Decimal(value)) for customer_id, value in values])
    found = spend(store)
    assert found == {"mean_value": mean, "variance_within": within, "variance_between": between}
