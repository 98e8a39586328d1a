import numpy as np
import pandas as pd
import pytest

from models import BGNBD, MBGNBD, GammaGamma, ParetoNBD, lifetime_value

SPEND = GammaGamma(p=6.2488, q=3.74459, v=15.4478)


@pytest.mark.filterwarnings("ignore:divide by zero")  # within lifetimes
@pytest.mark.parametrize(
    "orders",
    [BGNBD(0.24, 4.41, 0.79, 2.43), MBGNBD(0.52, 6.18, 0.89, 1.61), ParetoNBD(0.55, 10.6, 0.61, 11.7)],
    ids=lambda model: type(model).__name__,
)
def test_the_value_of_a_year_agrees_with_lifetimes(orders, cdnow, of_lifetimes):
    theirs = of_lifetimes(SPEND).customer_lifetime_value(
        of_lifetimes(orders), *(pd.Series(column) for column in cdnow), time=12, discount_rate=0.01, freq="W"
    )
    month_weeks = 4.345
    ours = lifetime_value(orders, SPEND, *cdnow, period=month_weeks, periods=12, discount_rate=0.01)
    assert ours == pytest.approx(theirs.to_numpy(), rel=1e-9)


def test_without_discount_the_value_is_orders_times_spend():
    orders = MBGNBD(0.52, 6.18, 0.89, 1.61)
    value = lifetime_value(orders, SPEND, 3, 20, 30, [0, 40], period=2, periods=5, discount_rate=0)
    expected = orders.expected_orders(10, 3, 20, 30) * SPEND.expected_spend(3, np.array([0, 40]))
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("bad", [{"period": 0}, {"periods": 0}, {"periods": 2.5}, {"discount_rate": -0.1}])
def test_a_length_a_number_or_a_rate_that_means_nothing_is_refused(bad):
    arguments = {"period": 30, "periods": 12, "discount_rate": 0.01} | bad
    with pytest.raises(ValueError, match=next(iter(bad))):
        lifetime_value(MBGNBD(1, 1, 1, 1), SPEND, 1, 1, 1, 1, **arguments)
