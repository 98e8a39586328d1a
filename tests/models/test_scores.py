"""Scores on cells, against each customer taken by itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import MBGNBD, scores
from models.cells import Cells

MODEL = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)


@st.composite
def one_cell(draw):
    x = draw(st.integers(0, 20))
    t_x = draw(st.floats(0, 400)) if x else 0.0
    customers = draw(st.integers(0, 6))
    return x, t_x, t_x + draw(st.floats(0, 400)), customers, draw(st.integers(0, customers))


def cells_of(rows):
    return Cells(*np.array(rows, dtype=float).reshape(-1, 5).T)


some_cells = st.lists(one_cell(), max_size=12).map(cells_of)
# Few distinct values, so that there are ties, and the edges of bins.
tenths = st.integers(0, 10).map(lambda tenth: tenth / 10)


@st.composite
def forecasts(draw, count=1):
    cells = draw(some_cells)
    each = st.lists(tenths, min_size=len(cells.x), max_size=len(cells.x)).map(np.array)
    return (cells, *(draw(each).astype(float) for _ in range(count)))


def expanded(cells, *columns):
    """A row for each customer: whether it ordered, and the columns of its cell."""
    rows = []
    for customers, ordered, *of_cell in zip(cells.customers, cells.ordered, *columns, strict=True):
        rows += [(nth < ordered, *of_cell) for nth in range(int(customers))]
    return rows


@settings(deadline=None)
@given(forecasts())
def test_a_score_is_the_sum_over_customers(forecast):
    cells, p = forecast
    rows = expanded(cells, p)
    found = scores.score(p, cells)
    assert found.customers == len(rows)
    assert found.ordered == sum(ordered for ordered, _ in rows)
    assert found.expected == pytest.approx(sum(p for _, p in rows))
    if rows:
        brier = sum((p - ordered) ** 2 for ordered, p in rows) / len(rows)
        assert found.brier == pytest.approx(brier, abs=1e-12)
    else:
        assert found.brier is None


@settings(deadline=None)
@given(forecasts())
def test_auc_is_the_share_of_pairs_that_are_ranked_right(forecast):
    cells, p = forecast
    rows = expanded(cells, p)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for ordered, high in rows
        if ordered
        for other, low in rows
        if not other
    ]
    expected = pytest.approx(sum(pairs) / len(pairs)) if pairs else None
    assert scores.auc(p, cells) == expected
    assert scores.score(p, cells).auc == expected


@settings(deadline=None)
@given(forecasts())
def test_bins_hold_each_customer_once(forecast):
    cells, p = forecast
    bins = scores.reliability(p, cells)
    assert len(bins) == 10
    for number, found in enumerate(bins):
        low, high = number / 10, (number + 1) / 10
        inside = [(y, q) for y, q in expanded(cells, p) if low <= q < high or (q == 1 and number == 9)]
        assert found.customers == len(inside)
        assert found.ordered == sum(y for y, _ in inside)
        assert found.expected == pytest.approx(sum(q for _, q in inside))


@settings(deadline=None)
@given(forecasts(2))
def test_the_difference_of_two_brier_scores_is_paired(forecast):
    cells, p, other = forecast
    each = np.array([(p - y) ** 2 - (q - y) ** 2 for y, p, q in expanded(cells, p, other)])
    found = scores.brier_difference(p, other, cells)
    if each.size >= 2:
        assert found.brier == pytest.approx(each.mean(), abs=1e-12)
        assert found.standard_error == pytest.approx(each.std(ddof=1) / math.sqrt(each.size), abs=1e-9)
    else:
        assert found.standard_error == math.inf


def test_the_forecast_is_the_models_chance_of_an_order():
    cells = cells_of([(0, 0, 10, 1, 0), (3, 40.5, 90, 5, 2)])
    x, t_x, age = np.array([0, 3]), np.array([0, 40.5]), np.array([10, 90])
    assert scores.forecast(MODEL, 30, cells) == pytest.approx(1 - MODEL.p_no_order(30, x, t_x, age))


def test_silence_is_counted_from_the_last_order():
    cells = cells_of([(0, 0, 29.9, 1, 0), (0, 0, 30, 1, 0), (2, 70, 90, 1, 0)])
    assert scores.silent_less_than(30, cells).tolist() == [1, 0, 1]


def test_the_base_rate_looks_back_and_never_ahead():
    rows = [
        (0, 0, 10, 50, 9),  # not yet a customer 30 days before
        (0, 0, 300, 6, 6),  # silent all the time
        (3, 280, 300, 2, 0),  # ordered within the 30 days before
    ]
    rate = scores.base_rate(30, cells_of(rows))
    assert rate.tolist() == [0.25] * 3
    nobody_orders = [(*row[:4], 0) for row in rows]
    assert scores.base_rate(30, cells_of(nobody_orders)).tolist() == rate.tolist()
    assert scores.base_rate(30, cells_of(rows[:1])) is None
