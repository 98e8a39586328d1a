import numpy as np
import pytest

from models import BGNBD, MBGNBD, GammaGamma, ParetoNBD


def test_given_parameters_carry_no_evidence():
    model = MBGNBD(0.6371, 51.17, 0.8075, 1.2284)
    assert np.isnan(model.log_likelihood)
    assert not model.converged
    assert model.customers is None
    assert all(np.isnan(error) for error in model.standard_errors.values())
    assert model.identified


def test_a_model_is_its_parameters(cdnow):
    fitted = MBGNBD.fit(cdnow.x, cdnow.t_x, cdnow.T)
    assert fitted == MBGNBD(**fitted.parameters)
    assert eval(repr(fitted)) == fitted  # noqa: S307
    assert hash(fitted) == hash(MBGNBD(**fitted.parameters))
    with pytest.raises(AttributeError):
        fitted.r = 1.0


@pytest.mark.parametrize("cls", [BGNBD, MBGNBD])
def test_standard_errors_are_those_of_lifetimes(cls, cdnow, of_lifetimes):
    fitted = cls.fit(cdnow.x, cdnow.t_x, cdnow.T)
    fitter = of_lifetimes(fitted)
    fitter.fit(cdnow.x, cdnow.t_x, cdnow.T)
    theirs = fitter.summary["se(coef)"].to_numpy()
    assert list(fitted.standard_errors.values()) == pytest.approx(theirs, rel=0.01)


@pytest.mark.parametrize("cls", [BGNBD, MBGNBD, ParetoNBD])
def test_too_few_customers_are_said_to_be_too_few(cls, cdnow):
    few = cls.fit(cdnow.x[:400], cdnow.t_x[:400], cdnow.T[:400])
    assert not few.identified
    assert few.reason == "400 customers are too few to fit: 500 are needed"
    once = np.r_[np.flatnonzero(cdnow.x == 0), np.flatnonzero(cdnow.x)[:99]]
    mostly_once = cls.fit(cdnow.x[once], cdnow.t_x[once], cdnow.T[once])
    assert not mostly_once.identified
    assert mostly_once.reason == "99 customers who came back are too few to fit: 100 are needed"


def test_too_few_spenders_are_said_to_be_too_few():
    generator = np.random.default_rng(1)
    few = GammaGamma.fit(generator.integers(1, 5, 99), generator.gamma(5, 10, 99))
    assert few.reason == "99 customers who came back are too few to fit: 100 are needed"


@pytest.mark.parametrize(
    "model", [BGNBD(1, 30, 0.005, 1), MBGNBD(1, 30, 0.01, 2), ParetoNBD(1, 30, 0.1, 1e4)]
)
def test_next_to_no_dropout_is_said_to_be_no_churn(model):
    assert not model.identified
    assert "churn is not identified" in model.reason


@pytest.mark.parametrize("cls", [BGNBD, MBGNBD])
def test_customers_who_never_leave_are_not_identified(cls):
    generator = np.random.default_rng(3)
    age = np.ceil(generator.uniform(50, 400, 2_000))
    x = generator.poisson(generator.gamma(0.8, 1 / 20, 2_000) * age).astype(float)
    t_x = np.where(x > 0, age * generator.beta(np.maximum(x, 1), 1), 0)
    model = cls.fit(x, t_x, age)
    assert not model.identified
    assert "churn is not identified" in model.reason
