import math

import numpy as np
import pytest

from models import BGNBD, MBGNBD, GammaGamma, ParetoNBD

MODELS = [BGNBD(0.24, 4.41, 0.79, 2.43), MBGNBD(0.52, 6.18, 0.89, 1.61), ParetoNBD(0.55, 10.6, 0.61, 11.7)]
IMPOSSIBLE = [
    ((-1, 0, 1), "x must be finite and at least 0; got -1"),
    ((math.nan, 0, 1), "x must be finite"),
    ((math.inf, 0, 1), "x must be finite"),
    ((1, math.nan, 1), "t_x must be finite"),
    ((1, 1, math.inf), "T must be finite"),
    ((0, 1, 2), "t_x must be 0 where x is 0"),
    ((1, 3, 2), "T must not lie before the last order, t_x; got 2"),
    (("many", 0, 1), "x must be a number or an array of numbers"),
    (([1, 1, 1], [1, 1, 5], [2, 2, 2]), r"T must not lie before the last order, t_x; got 2.0 at \[2\]"),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize(("history", "message"), IMPOSSIBLE)
def test_an_impossible_history_is_refused_by_every_function(model, history, message):
    x, t_x, age = history
    for call in (
        lambda: model.p_alive(x, t_x, age),
        lambda: model.expected_orders(1, x, t_x, age),
        lambda: model.p_no_order(1, x, t_x, age),
        lambda: model.p_alive_interval(x, t_x, age),
        lambda: type(model).fit(x, t_x, age),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("outside", [0, 1, -0.1, 1.1, math.nan, [0.5, 1.0]])
def test_a_probability_lies_strictly_between_0_and_1(model, outside):
    with pytest.raises(ValueError, match="p must lie strictly between 0 and 1"):
        model.alive_until(outside, 1, 1)
    with pytest.raises(ValueError, match="q must lie strictly between 0 and 1"):
        model.gap_quantile(outside, 1, 1)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_parameters_are_finite_and_above_0(bad):
    for model, name in ((MBGNBD, "alpha"), (BGNBD, "alpha"), (ParetoNBD, "alpha")):
        with pytest.raises(ValueError, match=f"{name} must be finite and above 0"):
            model(1, bad, 1, 1)
    with pytest.raises(ValueError, match="q must be finite and above 0"):
        GammaGamma(1, bad, 1)


def test_horizons_and_spend_are_not_negative():
    with pytest.raises(ValueError, match="horizon must be finite and at least 0"):
        MODELS[1].expected_orders(-1, 1, 1, 1)
    with pytest.raises(ValueError, match="horizon must be finite and at least 0"):
        MODELS[1].p_no_order(np.array([1, np.nan]), 1, 1, 1)
    with pytest.raises(ValueError, match="m must be finite and at least 0"):
        GammaGamma(6, 4, 15).expected_spend(1, -1)


@pytest.mark.parametrize("value", ["1", [1, 2], None])
def test_a_parameter_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="r must be a number"):
        MBGNBD(r=value, alpha=1.0, a=1.0, b=1.0)


def test_a_fit_does_not_start_from_another_familys_parameters():
    with pytest.raises(ValueError, match="start must be a ParetoNBD"):
        ParetoNBD.fit([1, 0], [1, 0], [2, 2], start=MODELS[1])


def test_the_mean_of_no_orders_may_be_nan():
    spend = GammaGamma(6.25, 3.74, 15.45)
    assert spend.expected_spend(0, math.nan) == spend.expected_spend(0, 0)
    with pytest.raises(ValueError, match="m must be finite"):
        spend.expected_spend(1, math.nan)
