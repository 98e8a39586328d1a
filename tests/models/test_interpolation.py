import numpy as np
import pytest

from models.interpolation import LEAST_CUSTOMERS, Interpolation

SIZE = 3 * LEAST_CUSTOMERS + 5


def customers():
    generator = np.random.default_rng(5)
    return generator.poisson(3, SIZE).astype(float), generator.uniform(0, 700, SIZE)


def function(x, log_age):
    """Analytic but for the odd multiples of πi, as the models' functions are."""
    return np.exp(log_age) / ((x + 1) * np.exp(log_age) + 20) ** (0.3 + x / 2)


def log_age(age):
    return np.log(5 + age)


def test_the_function_is_met_at_every_age():
    x, age = customers()
    table = Interpolation.of(function, log_age, x, age)
    assert table(x, age) == pytest.approx(function(x, log_age(age)), rel=1e-10)


def test_all_the_ages_that_were_announced_can_be_asked_for():
    x, age = customers()
    table = Interpolation.of(function, log_age, x, age / 100, age)
    for asked in (age / 100, age):
        assert table(x, asked) == pytest.approx(function(x, log_age(asked)), rel=1e-10)


def test_a_view_of_every_other_customer_is_met_too():
    x, age = (np.repeat(column, 2)[::2] for column in customers())
    table = Interpolation.of(function, log_age, x, age)
    assert table(x, age) == pytest.approx(function(x, log_age(age)), rel=1e-10)


def test_it_is_not_made_where_it_would_not_pay():
    x, age = customers()
    assert Interpolation.of(function, log_age, x[:9], age[:9]) is None
    assert Interpolation.of(function, log_age, x + 0.5, age) is None
    assert Interpolation.of(function, log_age, x, 5.0) is None
    assert Interpolation.of(function, log_age, x, np.stack([age, age])) is None
    assert Interpolation.of(function, log_age, np.arange(SIZE, dtype=float), age) is None
    assert Interpolation.of(function, log_age, np.where(x == 0, 1e9, x), age) is None
