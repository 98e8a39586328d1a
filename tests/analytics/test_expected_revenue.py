"""Expected orders against the models package, revenue against a sum customer by customer."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import psycopg
import pytest
from mpmath import beta, mp, quad

from models import MBGNBD
from tests.analytics.store import CDNOW, DAY, NOON, Purchase, invented

pytestmark = pytest.mark.stack

HEAVY, FICKLE, FAITHFUL = (12.5, 3.0, 0.1, 40.0), (0.1, 4000.0, 30.0, 0.2), (0.8, 40.0, 0.01, 1.0)


def if_alive(store, horizon, model, x, age):
    arguments = (horizon, *model, x, age)
    (line,) = store.ask("SELECT * FROM orders_if_alive(%s, %s, %s, %s, %s, %s, %s)", *arguments)
    return line["orders"], line["orders_squared"]


@pytest.mark.parametrize(
    "model", [CDNOW, HEAVY, FICKLE, FAITHFUL, (0.6, 50.0, 1.0, 2.0), (1.0, 1.0, 1.0, 1.0)]
)
def test_expected_orders_are_the_models_to_nine_digits(store, model):
    of_package = MBGNBD(*model)
    for x in (0, 1, 2, 10, 300, 5000):
        for age in (0.0, 0.5, 30.0, 400.0, 5000.0) if x < 5000 else (1000.0, 5000.0):
            for horizon in (1, 30, 90, 365):
                t_x = age if x else 0.0
                expected = of_package.expected_orders(horizon, x, t_x, age) / of_package.p_alive(x, t_x, age)
                found, _ = if_alive(store, horizon, model, x, age)
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), (x, age, horizon)


@pytest.mark.parametrize(
    ("model", "x", "age", "horizon"),
    [
        (CDNOW, 0, 0, 90),
        (CDNOW, 3, 200, 30),
        (HEAVY, 40, 100, 30),
        (FICKLE, 1, 30, 90),
        (FAITHFUL, 2, 60, 90),
    ],
)
def test_the_mean_of_the_squared_orders_is_the_integral_over_rates_and_departures(
    store, model, x, age, horizon
):
    r, alpha, a, b = model
    shape, u = r + x, horizon / (alpha + age)

    def pairs(p):
        """Twice the pairs of orders of customers who leave with probability p, whatever their rates."""
        if p < 1e-20:
            return shape * (shape + 1) * u**2
        grown = 1 + p * u
        return 2 * (1 - p) / p**2 * (1 - grown**-shape * (1 + shape * p * u / grown))

    with mp.workdps(60):
        # q = p^a: the density of Beta(a, b + x + 1) has no bounds at 0.
        weighted = quad(lambda q: pairs(q ** (1 / a)) * (1 - q ** (1 / a)) ** (b + x), [0, 0.5, 0.9, 1]) / a
        of_pairs = float(weighted / beta(a, b + x + 1))
    orders, squared = if_alive(store, horizon, model, x, age)
    assert squared == pytest.approx(orders + of_pairs, rel=1e-6)


def test_a_horizon_of_nothing_brings_nothing(store):
    assert if_alive(store, 0, CDNOW, 3, 100) == (0, 0)


@pytest.mark.parametrize(
    ("horizon", "r", "x", "age"),
    [(-1, 1, 0, 0), (30, 0, 0, 0), (30, 1, -1, 0), (30, 1, 0, -1), ("inf", 1, 0, 0), (30, "nan", 0, 0)],
)
def test_what_is_no_horizon_customer_or_model_is_refused(store, horizon, r, x, age):
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        if_alive(store, horizon, (r, 50, 1, 2), x, age)


def revenue(store, horizon_days):
    (line,) = store.ask("SELECT * FROM expected_revenue(%s)", horizon_days)
    return line


@pytest.mark.parametrize("horizon_days", [1, 30, 90, 365])
@pytest.mark.parametrize("model", [CDNOW, (0.9, 6.0, 0.9, 2.5)])
def test_the_revenue_is_the_sum_over_the_customers(store, horizon_days, model):
    store.describe()
    store.adopt(model=model)
    spending = np.random.default_rng(1).gamma(3, 20, 120)
    store.buy(
        purchase._replace(value=purchase.value * Decimal(round(spending[int(purchase.customer_id)])) / 50)
        for purchase in invented(1, "Europe/Berlin")
        if purchase.customer_id.isdigit()
    )
    (spend,) = store.ask("SELECT * FROM spend")
    mean, within, between = spend["mean_value"], spend["variance_within"], spend["variance_between"]
    assert between > 0
    orders = total = variance = 0
    for line in store.ask("SELECT * FROM customers_now"):
        x, n = line["frequency"], line["order_count"]
        t_x = (line["latest_purchase"] - line["first_purchase"]) / DAY
        alive = line["p_alive"]
        if_alive_orders, squared = if_alive(store, horizon_days, model, x, t_x + line["days_silent"])
        credibility = n / (n + within / between)
        value = (1 - credibility) * mean + credibility * float(line["order_value"]) / n
        orders += alive * if_alive_orders
        total += alive * if_alive_orders * value
        variance += (
            alive * if_alive_orders * within
            + alive * squared * (value**2 + between * (1 - credibility))
            - (alive * if_alive_orders * value) ** 2
        )
    deviation = variance**0.5
    assert revenue(store, horizon_days) == {
        "as_of": NOON,
        "customers": 120,
        "expected_orders": pytest.approx(orders, rel=1e-4),
        "expected_revenue": pytest.approx(total, rel=1e-4),
        "standard_deviation": pytest.approx(deviation, rel=1e-4),
        "lower": pytest.approx(max(0, total - 1.959964 * deviation), rel=1e-3),
        "upper": pytest.approx(total + 1.959964 * deviation, rel=1e-4),
    }


def test_nothing_is_told_before_the_first_heartbeat_and_of_an_unknown_model(store):
    store.adopt()
    store.buy([Purchase("c1", NOON - DAY), Purchase("c2", NOON - DAY)])
    assert store.ask("SELECT * FROM expected_revenue(30)") == []
    store.describe()
    assert revenue(store, 30)["customers"] == 2
    store.database.execute("UPDATE rfm SET model_version = 'lost' WHERE customer_id = 'c2'")
    assert store.ask("SELECT * FROM expected_revenue(30)") == []


def test_no_customers_bring_nothing_and_one_order_tells_no_interval(store):
    store.describe()
    store.adopt()
    found = revenue(store, 30)
    assert (found["customers"], found["expected_revenue"], found["lower"], found["upper"]) == (0, 0, 0, 0)
    store.buy([Purchase("c1", NOON - DAY)])
    found = revenue(store, 30)
    assert found["expected_orders"] > 0
    assert found["expected_revenue"] == pytest.approx(10 * found["expected_orders"])
    assert found["standard_deviation"] is found["lower"] is found["upper"] is None


def test_customers_whose_chance_is_next_to_nothing_are_no_error(store):
    store.describe()
    store.adopt(model=HEAVY)
    often = [
        Purchase("c1", NOON - timedelta(days=3000) + number * timedelta(minutes=1)) for number in range(70)
    ]
    store.buy([*often, Purchase("c2", NOON - DAY)])
    (line,) = store.ask("SELECT p_alive FROM customers_now WHERE customer_id = 'c1'")
    assert 0 < line["p_alive"] < 1e-170  # its square is no number that Postgres has
    found = revenue(store, 30)
    assert found["expected_orders"] > 0
    assert found["expected_revenue"] == pytest.approx(10 * found["expected_orders"])


def test_every_customer_is_told_by_the_version_of_the_customer(store):
    store.describe()
    store.adopt()
    store.adopt("heavy", HEAVY)
    store.buy([Purchase("c1", NOON - DAY), Purchase("c2", NOON - DAY)])
    both_alike = revenue(store, 30)["expected_orders"]
    store.database.execute("UPDATE rfm SET model_version = 'heavy' WHERE customer_id = 'c2'")
    heavy = MBGNBD(*HEAVY).expected_orders(30, 0, 0, 1)
    assert revenue(store, 30)["expected_orders"] == pytest.approx(both_alike / 2 + heavy)
