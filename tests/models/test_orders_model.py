"""Laws that hold for every model of ordering."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models import BGNBD, MBGNBD, ParetoNBD
from models.blocks import BLOCK
from models.orders_model import SAMPLE_ROWS

SHAPES, TIMES = st.floats(0.05, 5), st.floats(0.1, 300)
MODELS = st.one_of(
    st.builds(BGNBD, SHAPES, TIMES, SHAPES, SHAPES),
    st.builds(MBGNBD, SHAPES, TIMES, SHAPES, SHAPES),
    st.builds(ParetoNBD, SHAPES, TIMES, SHAPES, TIMES),
)
PROBABILITIES = st.floats(0.01, 0.99)
GIVEN = [BGNBD(0.24, 4.41, 0.79, 2.43), MBGNBD(0.52, 6.18, 0.89, 1.61), ParetoNBD(0.55, 10.6, 0.61, 11.7)]
each_model = pytest.mark.parametrize("model", GIVEN, ids=lambda model: type(model).__name__)


@st.composite
def histories(draw):
    x = draw(st.integers(0, 300))
    t_x = draw(st.floats(0.01, 2_000)) if x else 0.0
    return x, t_x, t_x + draw(st.floats(0, 2_000))


@given(MODELS, histories(), PROBABILITIES)
def test_p_alive_at_t_star_is_p(model, history, p):
    x, t_x, _ = history
    until = model.alive_until(p, x, t_x)
    assert until >= t_x
    if np.isinf(until):
        assert isinstance(model, BGNBD)
        assert x == 0
    elif until == t_x:
        assert model.p_alive(x, t_x, t_x) <= p + 1e-12
    else:
        assume(until < 1e12)
        assert model.p_alive(x, t_x, until) == pytest.approx(p, abs=1e-9)


@given(MODELS, histories(), st.floats(0, 500), st.floats(0, 500))
def test_p_no_order_falls_with_the_horizon_and_p_alive_with_silence(model, history, horizon, more):
    x, t_x, age = history
    sooner, later = model.p_no_order([horizon, horizon + more], x, t_x, age)
    assert 0 <= later <= sooner + 1e-12 <= 1 + 2e-12
    now, after = model.p_alive(x, t_x, [age, age + more])
    assert 0 <= after <= now + 1e-12 <= 1 + 2e-12


@given(MODELS, histories(), st.floats(0.1, 200))
def test_expected_orders_are_at_least_the_probability_of_one(model, history, horizon):
    any_order = 1 - model.p_no_order(horizon, *history)
    assert model.expected_orders(horizon, *history) >= any_order - 1e-9


@given(MODELS, histories(), st.floats(0.1, 200))
def test_silence_makes_the_prediction_for_a_later_age(model, history, horizon):
    x, t_x, age = history
    assume(model.p_no_order(horizon, x, t_x, age) > 1e-6)
    both = model.p_no_order(2 * horizon, x, t_x, age)
    one_by_one = model.p_no_order(horizon, x, t_x, age) * model.p_no_order(horizon, x, t_x, age + horizon)
    assert both == pytest.approx(one_by_one, rel=1e-8)


@settings(max_examples=30)
@given(MODELS, histories(), PROBABILITIES)
def test_a_share_q_of_the_living_orders_within_the_gap_quantile(model, history, q):
    x, t_x, _ = history
    gap = model.gap_quantile(q, x, t_x)
    assume(gap < 1e9)
    assert ((model.alpha + t_x) / (model.alpha + t_x + gap)) ** (model.r + x) == pytest.approx(
        1 - q, rel=1e-9
    )


@each_model
def test_nothing_is_expected_of_no_time(model):
    assert model.expected_orders(0, 3, 10, 20) == 0
    assert model.p_no_order(0, 3, 10, 20) == 1
    assert model.expected_orders_new([0, 10])[0] == 0


@each_model
def test_arrays_broadcast_and_give_what_floats_give(model):
    x, t_x, age = np.array([[0], [2], [9]]), np.array([[0.0], [11.0], [40.0]]), np.array([40.0, 80.0])
    for function in (
        model.p_alive,
        lambda *history: model.expected_orders(10, *history),
        lambda *history: model.p_no_order(10, *history),
        lambda x, t_x, _: model.alive_until([0.3, 0.6], x, t_x),
        lambda x, t_x, _: model.gap_quantile([0.5, 0.9], x, t_x),
    ):
        together = function(x, t_x, age)
        assert together.shape == (3, 2)
        for row in range(3):
            alone = function(int(x[row, 0]), float(t_x[row, 0]), age)
            assert together[row] == pytest.approx(alone, rel=1e-12)
    assert float(model.p_alive(2, 11, 40)) == pytest.approx(model.p_alive(x, t_x, age)[1, 0], rel=1e-13)
    assert np.ndim(model.alive_until(0.3, 2, 11.0)) == np.ndim(model.expected_orders(1, 2, 11, 40)) == 0


@each_model
def test_the_unit_of_time_does_not_matter(model):
    days = {"alpha": 7 * model.alpha} | ({"beta": 7 * model.beta} if isinstance(model, ParetoNBD) else {})
    daily = type(model)(**{**model.parameters, **days})
    assert daily.p_alive(3, 70, 140) == pytest.approx(model.p_alive(3, 10, 20), rel=1e-12)
    assert daily.alive_until(0.4, 3, 70) == pytest.approx(7 * model.alive_until(0.4, 3, 10), rel=1e-10)
    assert daily.expected_orders(70, 3, 70, 140) == pytest.approx(
        model.expected_orders(10, 3, 10, 20), rel=1e-12
    )


@each_model
def test_functions_agree_with_lifetimes(model, cdnow, of_lifetimes):
    fitter, x, t_x, age = of_lifetimes(model), cdnow.x, cdnow.t_x, cdnow.T
    p_alive = fitter.conditional_probability_alive(x, t_x, age)
    assert model.p_alive(x, t_x, age) == pytest.approx(p_alive, rel=1e-9)
    orders = fitter.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, age)
    assert model.expected_orders(39, x, t_x, age) == pytest.approx(orders, rel=1e-9)
    new = fitter.expected_number_of_purchases_up_to_time(np.arange(1.0, 80))
    assert model.expected_orders_new(np.arange(1, 80)) == pytest.approx(np.asarray(new), rel=1e-9)


def many_customers(shop, size):
    """Customers of a shop with some of very many orders, at ages that are no whole numbers."""
    generator = np.random.default_rng(shop)
    x = np.where(generator.random(size) < 1e-3, 5_000, generator.poisson(generator.gamma(0.6, 3, size)))
    t_x = np.where(x > 0, generator.uniform(0.01, 400, size), 0)
    return x.astype(float), t_x, t_x + generator.gamma(0.5, 200, size)


MANY = [
    *GIVEN,
    BGNBD(0.7, 50.0, 0.3, 0.4),
    BGNBD(0.2, 0.3, 1.0, 0.5),
    MBGNBD(1.5, 300.0, 2.0, 0.05),
    MBGNBD(0.9, 45.0, 0.9, 2.5),
    ParetoNBD(0.9, 45.0, 0.8, 200.0),
    ParetoNBD(0.6, 90.0, 1.0, 9.0),
]


@pytest.mark.parametrize("model", MANY, ids=str)
@pytest.mark.parametrize("horizon", [0.5, 30.0, 3e4])
def test_many_customers_get_what_few_of_them_get(model, horizon):
    customers = many_customers(1, 6 * BLOCK)
    few = tuple(column[:2_000] for column in customers)
    for function in (
        model.p_alive,
        lambda *history: model.p_no_order(horizon, *history),
        lambda *history: model.expected_orders(horizon, *history),
    ):
        together = function(*customers)
        assert together[:2_000] == pytest.approx(function(*few), rel=1e-8, abs=1e-10)
    p_alive = model.p_alive(*customers)
    assert np.all((p_alive >= 0) & (p_alive <= 1))


@each_model
def test_there_may_be_no_customers(model):
    assert model.p_alive([], [], []).shape == model.expected_orders(1, [], [], []).shape == (0,)


@each_model
def test_a_fit_by_way_of_a_sample_is_the_fit_from_afar(model, shop):
    customers = shop(MBGNBD(0.9, 45.0, 0.9, 2.5), 5 * SAMPLE_ROWS)
    afar, sampled = type(model).fit(*customers, start=model), type(model).fit(*customers)
    assert afar.converged
    assert sampled.converged
    assert sampled.log_likelihood == pytest.approx(afar.log_likelihood, abs=1e-5)
    assert list(sampled.parameters.values()) == pytest.approx(list(afar.parameters.values()), rel=1e-4)
    assert list(sampled.standard_errors.values()) == pytest.approx(
        list(afar.standard_errors.values()), rel=1e-3
    )


@each_model
def test_a_row_of_weight_w_counts_as_w_customers(model, cdnow):
    x, t_x, age = cdnow.x[:700], cdnow.t_x[:700], cdnow.T[:700]
    weighted = type(model).fit(x, t_x, age, weights=np.full(700, 2.0))
    doubled = type(model).fit(np.tile(x, 2), np.tile(t_x, 2), np.tile(age, 2), start=weighted)
    assert weighted.customers == doubled.customers == 1400
    assert weighted.log_likelihood == pytest.approx(doubled.log_likelihood, abs=1e-5)
    assert list(weighted.parameters.values()) == pytest.approx(list(doubled.parameters.values()), rel=1e-3)


@each_model
def test_intervals_are_what_sampling_the_parameters_gives(model, cdnow):
    fitted = type(model).fit(cdnow.x, cdnow.t_x, cdnow.T, start=model)
    history = ([1, 3, 8], [5, 20, 35], [30, 35, 38.9])
    low, high = fitted.p_alive_interval(*history, confidence=0.9)
    draws = np.random.default_rng(0).multivariate_normal(
        np.log(list(fitted.parameters.values())), fitted.log_covariance, 1_000
    )
    models = [type(model)(*draw) for draw in np.exp(draws)]
    sampled = np.quantile([drawn.p_alive(*history) for drawn in models], [0.05, 0.95], axis=0)
    assert np.array([low, high]) == pytest.approx(sampled, abs=0.02)

    earliest, latest = fitted.alive_until_interval(0.4, *history[:2], confidence=0.9)
    sampled = np.quantile([drawn.alive_until(0.4, *history[:2]) for drawn in models], [0.05, 0.95], axis=0)
    assert np.array([earliest, latest]) == pytest.approx(sampled, rel=0.1)
    assert np.all(earliest < fitted.alive_until(0.4, *history[:2]))
    assert np.all(latest > fitted.alive_until(0.4, *history[:2]))


@each_model
def test_an_interval_needs_a_fitted_model(model):
    with pytest.raises(ValueError, match="needs a model that was fitted"):
        model.p_alive_interval(1, 1, 2)
    with pytest.raises(ValueError, match="needs a model that was fitted"):
        model.alive_until_interval(0.5, 1, 1)
