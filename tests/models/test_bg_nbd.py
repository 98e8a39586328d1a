import mpmath
import numpy as np
import pytest

from models import BGNBD

MODEL = BGNBD(r=0.242593, alpha=4.413532, a=0.792886, b=2.425752)


def test_the_fit_to_cdnow_is_the_published_one(cdnow):
    model = BGNBD.fit(cdnow.x, cdnow.t_x, cdnow.T)
    assert model.converged
    assert model.identified
    assert list(model.parameters.values()) == pytest.approx(
        [0.242593, 4.413532, 0.792886, 2.425752], abs=1e-4
    )
    assert model.log_likelihood == pytest.approx(-9582.4256, abs=1e-3)
    assert model.expected_orders(39, cdnow.x, cdnow.t_x, cdnow.T).sum() == pytest.approx(1653.4, abs=0.1)


def test_a_customer_of_one_order_never_leaves():
    assert MODEL.p_alive(0, 0, [0, 10, 1e9]).tolist() == [1, 1, 1]
    assert MODEL.alive_until(0.5, 0, 0) == np.inf
    assert MODEL.alive_until([0.1, 0.9], [0, 0], 0).tolist() == [np.inf, np.inf]


def test_the_interval_of_a_customer_who_cannot_have_left_has_no_width(cdnow):
    model = BGNBD.fit(cdnow.x, cdnow.t_x, cdnow.T)
    low, high = model.p_alive_interval([0, 2], [0, 9], [30, 30])
    assert (low[0], high[0]) == (1, 1)
    assert low[1] < model.p_alive(2, 9, 30) < high[1]
    earliest, latest = model.alive_until_interval(0.5, [0, 2], [0, 9])
    assert earliest[0] == latest[0] == np.inf
    assert earliest[1] < latest[1] < np.inf


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.4), (0.5, 0.5), (0.2, 0.81), (0.9, 0.1)])
def test_one_order_is_exact_where_a_plus_b_is_at_most_about_1(a, b):
    """There lifetimes returns NaN; the reference integrates over the customers' dropout probabilities."""
    model = BGNBD(0.7, 5.0, a, b)
    horizon, age = 30.0, 12.0

    def orders(log_odds):
        leaves, stays = 1 / (1 + mpmath.exp(-log_odds)), 1 / (1 + mpmath.exp(log_odds))
        expected = -mpmath.expm1(-model.r * mpmath.log1p(leaves * horizon / (model.alpha + age))) / leaves
        return expected * leaves**a * stays**b

    expected = mpmath.quad(orders, mpmath.linspace(-400, 400, 81)) / mpmath.beta(a, b)
    assert model.expected_orders(horizon, 0, 0, age) == pytest.approx(float(expected), rel=1e-9)
