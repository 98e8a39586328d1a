import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models import ParetoNBD
from models.blocks import BLOCK
from models.interpolation import CELL_WIDTH

MODEL = ParetoNBD(r=0.5533, alpha=10.578, s=0.6061, beta=11.668)


def exact_p_alive(model, x, t_x, age):
    """The defining integral, by mpmath."""
    r, alpha, s, beta = (mpmath.mpf(v) for v in model.parameters.values())

    def left(u):
        orders = ((alpha + age) / (alpha + u)) ** (r + x)
        return orders * ((beta + age) / (beta + u)) ** s / (beta + u)

    # The integrand falls over many scales: split its range evenly in the logarithm.
    splits = [t_x + (age - t_x) * mpmath.mpf(2) ** -k for k in range(40, 0, -1)]
    return 1 / (1 + s * mpmath.quad(left, [t_x, *splits, age]))


def test_the_fit_to_cdnow_is_that_of_lifetimes(cdnow):
    model = ParetoNBD.fit(cdnow.x, cdnow.t_x, cdnow.T)
    assert model.converged
    assert model.identified
    assert list(model.parameters.values()) == pytest.approx([0.55328, 10.5776, 0.6062, 11.6679], abs=1e-3)
    assert model.log_likelihood == pytest.approx(-9594.9739, abs=1e-3)
    assert model.expected_orders(39, cdnow.x, cdnow.t_x, cdnow.T).sum() == pytest.approx(1665.5, abs=0.1)


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    r=st.floats(0.1, 3),
    alpha=st.floats(1, 200),
    s=st.floats(0.1, 3),
    beta=st.floats(1, 200),
    x=st.integers(0, 60),
    gap=st.floats(1e-3, 500),
)
@example(r=0.6, alpha=10.0, s=0.6, beta=12.0, x=5000, gap=0.5)
@example(r=0.6, alpha=10.0, s=1.0, beta=0.1, x=0, gap=1e5)
@example(r=1.0, alpha=1.0, s=1.0, beta=1e5, x=2, gap=50.0)
@example(r=1.0, alpha=3.0, s=2.0, beta=3.0, x=4, gap=1e-6)
def test_p_alive_is_its_defining_integral(r, alpha, s, beta, x, gap):
    model, t_x = ParetoNBD(r, alpha, s, beta), 40.0 if x else 0.0
    exact = float(exact_p_alive(model, x, t_x, t_x + gap))
    assert model.p_alive(x, t_x, t_x + gap) == pytest.approx(exact, rel=1e-9)


def test_no_order_agrees_with_lifetimes(of_lifetimes):
    x, t_x, age = np.array([0, 1, 6]), np.array([0.0, 10.0, 35.0]), np.array([38.0, 30.0, 39.0])
    theirs = of_lifetimes(MODEL).conditional_probability_of_n_purchases_up_to_time(0, 13, x, t_x, age)
    assert MODEL.p_no_order(13, x, t_x, age) == pytest.approx(theirs, rel=1e-9)


def test_everybody_lives_right_after_an_order():
    assert MODEL.p_alive([0, 5], [0, 30], [0, 30]).tolist() == [1, 1]


def test_no_probability_exceeds_1_where_polynomials_meet():
    model, size = ParetoNBD(0.9, 45.0, 0.8, 200.0), 4 * BLOCK
    ratio = np.exp(-CELL_WIDTH)
    meet = (ratio * model.beta - model.alpha) / (1 - ratio)
    x, gap = np.arange(size) % 40.0 + 1, np.geomspace(1e-12, 1e-6, size)
    p_alive = model.p_alive(x, np.full(size, meet) - gap, np.full(size, meet) + gap)
    assert np.all(p_alive <= 1)
    assert p_alive == pytest.approx(1, abs=1e-7)


def test_a_mean_lifetime_that_does_not_exist_is_an_ordinary_case():
    at_one = ParetoNBD(0.55, 10.6, 1.0, 11.7).expected_orders(39, 2, 20, 30)
    beside = [ParetoNBD(0.55, 10.6, 1 + step, 11.7).expected_orders(39, 2, 20, 30) for step in (-1e-6, 1e-6)]
    assert at_one == pytest.approx(np.mean(beside), rel=1e-9)


def test_customers_who_never_leave_are_not_identified():
    generator = np.random.default_rng(3)
    age = np.ceil(generator.uniform(50, 400, 2_000))
    x = generator.poisson(generator.gamma(0.8, 1 / 20, 2_000) * age).astype(float)
    t_x = np.where(x > 0, age * generator.beta(np.maximum(x, 1), 1), 0)
    model = ParetoNBD.fit(x, t_x, age)
    assert not model.identified
    assert "churn is not identified" in model.reason
