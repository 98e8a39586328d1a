import numpy as np
import pytest

from models.maximum import maximise

WEIGHT = 100.0


def test_the_maximum_and_the_covariance_of_a_quadratic_are_exact():
    peak, precision = np.array([1.0, -2.0]), np.array([[3.0, 1.0], [1.0, 2.0]])

    def score(at):
        away = at - peak
        return -WEIGHT * away @ precision @ away / 2, -WEIGHT * precision @ away

    found = maximise(score, np.zeros(2), WEIGHT)
    assert found.converged
    assert found.log_parameters == pytest.approx(peak, abs=1e-8)
    assert found.log_likelihood == pytest.approx(0, abs=1e-10)
    assert found.covariance == pytest.approx(np.linalg.inv(WEIGHT * precision), rel=1e-6)


def test_a_likelihood_that_rises_for_ever_has_not_converged():
    found = maximise(lambda at: (-WEIGHT * np.exp(-at).sum(), WEIGHT * np.exp(-at)), np.zeros(1), WEIGHT)
    assert not found.converged


def test_a_flat_likelihood_has_not_converged():
    found = maximise(lambda at: (-(at[0] ** 2), np.array([-2 * at[0], 0.0])), np.ones(2), WEIGHT)
    assert not found.converged
    assert found.covariance is None


def test_a_parameter_that_has_run_away_has_not_converged():
    def score(at):
        return -np.exp(-at).sum() * 1e-9, np.exp(-at) * 1e-9

    found = maximise(score, np.full(1, 3.0), 1e-9)
    assert found.log_parameters[0] > 15
    assert not found.converged
    assert found.covariance is None


def test_with_the_covariance_known_the_search_is_one_step():
    peak, precision, seen = np.array([1.0, -2.0]), np.array([[300.0, 1.0], [1.0, 0.2]]), []

    def score(at):
        seen.append(at)
        away = at - peak
        return -WEIGHT * away @ precision @ away / 2, -WEIGHT * precision @ away

    found = maximise(score, np.zeros(2), WEIGHT, unit_covariance=np.linalg.inv(precision))
    assert found.converged
    assert found.log_parameters == pytest.approx(peak, abs=1e-8)
    hessian_and_last = 2 * peak.size + 1
    assert len(seen) - hessian_and_last <= 3
    assert found.covariance == pytest.approx(np.linalg.inv(WEIGHT * precision), rel=1e-5)
