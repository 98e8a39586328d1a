import numpy as np
import pytest

from models import GammaGamma

MODEL = GammaGamma(p=6.2488, q=3.74459, v=15.4478)


@pytest.fixture(scope="module")
def repeaters(cdnow):
    return cdnow.x[cdnow.x > 0], cdnow.m[cdnow.x > 0]


def test_the_fit_to_cdnow_is_that_of_lifetimes(repeaters):
    model = GammaGamma.fit(*repeaters)
    assert model.converged
    assert model.identified
    assert list(model.parameters.values()) == pytest.approx([6.2488, 3.74459, 15.4478], abs=1e-4)
    assert model.log_likelihood == pytest.approx(-4055.923, abs=1e-3)
    assert model.repeat_customers == 946
    assert model.expected_spend(0, 0) == pytest.approx(35.17, abs=0.01)


def test_expected_spend_agrees_with_lifetimes(repeaters, of_lifetimes):
    theirs = of_lifetimes(MODEL).conditional_expected_average_profit(*repeaters)
    assert MODEL.expected_spend(*repeaters) == pytest.approx(np.asarray(theirs), rel=1e-9)


def test_expected_spend_lies_between_the_customers_mean_and_the_populations():
    population = MODEL.expected_spend(0, 0)
    assert population < MODEL.expected_spend(1, 100) < MODEL.expected_spend(50, 100) < 100
    assert MODEL.expected_spend([0, 3], [[5], [70]]).shape == (2, 2)
    assert MODEL.expected_spend(0, 1e6) == population


def test_the_unit_of_money_does_not_matter(repeaters):
    cents = GammaGamma.fit(repeaters[0], 100 * repeaters[1])
    assert list(cents.parameters.values()) == pytest.approx([6.2488, 3.74459, 1544.78], rel=1e-4)


def test_a_mean_that_does_not_exist_is_infinite_and_said_so():
    model = GammaGamma(0.05, 0.9, 10)
    assert "q = 0.9" in model.reason
    assert not model.identified
    assert model.expected_spend(0, 0) == np.inf
    assert model.expected_spend([1, 3], 20.0).tolist()[0] == np.inf
    assert 0 < model.expected_spend(3, 20.0) < np.inf


@pytest.mark.parametrize(
    ("x", "m", "message"),
    [
        ([1, 0], [5, 5], r"x must be finite and above 0; got 0.0 at \[1\]"),
        ([1, 2], [5, 0], r"m must be finite and above 0; got 0.0 at \[1\]"),
        ([1, 2.5], [5, 5], "x must be whole"),
        ([1, 2], [5, np.nan], "m must be finite"),
        ([], [], "no customers to fit"),
    ],
)
def test_customers_without_repeat_orders_cannot_be_fitted(x, m, message):
    with pytest.raises(ValueError, match=message):
        GammaGamma.fit(x, m)
