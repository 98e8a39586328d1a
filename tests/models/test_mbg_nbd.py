import pytest

from models import MBGNBD

MODEL = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)


def test_the_fit_to_cdnow_is_that_of_lifetimes(cdnow):
    model = MBGNBD.fit(cdnow.x, cdnow.t_x, cdnow.T)
    assert model.converged
    assert model.identified
    assert list(model.parameters.values()) == pytest.approx(
        [0.524838, 6.182988, 0.891356, 1.614000], abs=1e-4
    )
    assert model.log_likelihood == pytest.approx(-9582.1327, abs=1e-3)
    assert model.expected_orders(39, cdnow.x, cdnow.t_x, cdnow.T).sum() == pytest.approx(1576.7, abs=0.1)


def test_the_fit_to_all_of_cdnow_in_days(cdnow_master):
    customers = cdnow_master
    model = MBGNBD.fit(customers.x, customers.t_x, customers.T)
    assert model.customers == 23_570
    assert list(model.parameters.values()) == pytest.approx([0.6371, 51.17, 0.8075, 1.2284], rel=1e-4)
    assert model.log_likelihood == pytest.approx(-142694.57, abs=0.01)


def test_t_star_is_the_closed_form():
    bracket = (1.2284 + 4) / 0.8075 * 0.7 / 0.3
    expected = (51.17 + 200) * bracket ** (1 / (0.6371 + 4)) - 51.17
    assert MODEL.alive_until(0.3, 4, 200) == pytest.approx(expected, rel=1e-13)


def test_a_customer_below_p_at_once_is_at_risk_at_the_last_order():
    assert MODEL.p_alive(0, 0, 0) == pytest.approx(1.2284 / (1.2284 + 0.8075))
    assert MODEL.alive_until(0.7, 0, 0) == 0
    assert MODEL.alive_until(0.95, [2, 2, 300], [30, 500, 500]).tolist()[:2] == [30, 500]


def test_the_population_is_recovered_from_its_customers(shop):
    truth = MBGNBD(0.9, 45.0, 0.9, 2.5)
    model = MBGNBD.fit(*shop(truth, 20_000))
    assert model.converged
    for name, value in truth.parameters.items():
        assert abs(model.parameters[name] - value) < 3 * model.standard_errors[name]
