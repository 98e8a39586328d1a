import numpy as np
import pytest

from models import MBGNBD, scores
from models.cells import Cells
from operators import forecast
from operators.forecast import Forecast, Reliability

MODEL = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
CELLS = Cells(
    x=np.array([0.0, 0.0, 4.0]),
    t_x=np.array([0.0, 0.0, 190.0]),
    T=np.array([10.0, 120.0, 200.0]),
    customers=np.array([20.0, 50.0, 30.0]),
    ordered=np.array([8.0, 5.0, 21.0]),
)


def test_a_forecast_says_how_many_will_order_and_not_yet_how_many_did():
    made = forecast.made(5, CELLS, "m1", MODEL)
    assert [(line.made_at_us, line.horizon_days, line.method, line.model_version) for line in made] == [
        (5, 30, "model", "m1"),
        (5, 90, "model", "m1"),
    ]
    for line in made:
        each = 1 - MODEL.p_no_order(line.horizon_days, CELLS.x, CELLS.t_x, CELLS.T)
        assert line.expected == pytest.approx(each @ CELLS.customers)
        assert (line.customers, line.ordered, line.brier, line.auc) == (100, None, None, None)


def test_a_matured_forecast_stands_beside_every_baseline():
    lines = forecast.matured(5, 90, CELLS, "m1", MODEL)
    by_method = {line.method: line for line in lines if isinstance(line, Forecast)}
    assert list(by_method) == ["model", "base_rate", "recency", "silent_30", "silent_60", "silent_90"]
    assert all((line.customers, line.ordered) == (100, 34) for line in by_method.values())
    assert [method for method, line in by_method.items() if line.model_version == "m1"] == ["model"]
    assert by_method["model"].brier == scores.score(scores.forecast(MODEL, 90, CELLS), CELLS).brier
    assert by_method["base_rate"].expected == pytest.approx(100 * 30 / 80)
    # The two cells with a short silence are foretold to order: 29 of 50 do, and 5 of the other 50.
    assert by_method["silent_30"].expected == 50
    assert by_method["silent_30"].brier == pytest.approx((21 + 5) / 100)


def test_recency_ranks_by_silence_and_foretells_no_number():
    lines = forecast.matured(5, 90, CELLS, "m1", MODEL)
    [recency] = [line for line in lines if isinstance(line, Forecast) and line.method == "recency"]
    assert (recency.expected, recency.brier) == (None, None)
    # Silent for 10 days are 29 who ordered and 21 who did not, for 120 days 5 and 45.
    assert recency.auc == pytest.approx((29 * 45 + 29 * 21 / 2 + 5 * 45 / 2) / (34 * 66))


def test_the_bins_are_those_of_the_model():
    lines = forecast.matured(5, 90, CELLS, "m1", MODEL)
    bins = [line for line in lines if isinstance(line, Reliability)]
    assert [line.bin for line in bins] == list(range(10))
    assert {(line.made_at_us, line.horizon_days) for line in bins} == {(5, 90)}
    p = scores.forecast(MODEL, 90, CELLS)
    assert [(line.customers, line.expected, line.ordered) for line in bins] == scores.reliability(p, CELLS)


def test_nobody_is_forecast_as_nobody():
    nobody = Cells(*np.zeros((5, 0)))
    assert [line.expected for line in forecast.made(5, nobody, "m1", MODEL)] == [0, 0]
    found = [line for line in forecast.matured(5, 30, nobody, "m1", MODEL) if isinstance(line, Forecast)]
    assert "base_rate" not in [line.method for line in found]
    assert all((line.customers, line.ordered, line.brier, line.auc) == (0, 0, None, None) for line in found)
