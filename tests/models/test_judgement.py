import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import MBGNBD, scores
from models.cells import Cells
from models.judgement import judge
from tests.models.invented_shop import InventedShop

TRUE = MBGNBD(r=0.8, alpha=40.0, a=0.8, b=2.0)
OF_ANOTHER_SHOP = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
TODAY = 730
NOBODY = Cells(*np.zeros((5, 0)))


@pytest.fixture(scope="module")
def shop():
    return InventedShop.of(TRUE, customers=5000, days=TODAY, seed=1)


@pytest.fixture(scope="module")
def present(shop):
    return shop.cells(TODAY)


@pytest.fixture(scope="module")
def matured(shop):
    return {days: shop.cells(TODAY - days, days) for days in (30, 90)}


def test_a_fit_takes_the_place_of_parameters_from_elsewhere(present, matured):
    found = judge(present, matured, OF_ANOTHER_SHOP)
    assert (found.adopted, found.reason) == (True, "")
    assert found.model == MBGNBD.fit(present.x, present.t_x, present.T, present.customers, found.holdout.fit)
    assert (found.customers, found.repeat_customers) == (present.total, present.repeat_total)
    assert list(found.model.parameters.values()) == pytest.approx(list(TRUE.parameters.values()), rel=0.2)


def test_the_holdout_is_what_the_older_histories_foretold(present, matured):
    holdout = judge(present, matured, OF_ANOTHER_SHOP).holdout
    older = matured[90]
    fit = MBGNBD.fit(older.x, older.t_x, older.T, older.customers)
    new, previous = (scores.forecast(model, 90, older) for model in (fit, OF_ANOTHER_SHOP))
    assert (holdout.horizon_days, holdout.fit) == (90, fit)
    assert holdout.score == scores.score(new, older)
    assert holdout.bins == scores.reliability(new, older)
    assert holdout.previous == scores.score(previous, older)
    assert holdout.difference == scores.brier_difference(new, previous, older)


def test_the_fit_that_is_judged_knows_nothing_of_the_holdout(present, matured):
    older = matured[90]
    for ordered in (np.zeros_like(older.ordered), older.customers):
        otherwise = Cells(older.x, older.t_x, older.T, older.customers, ordered)
        found = judge(present, {**matured, 90: otherwise}, OF_ANOTHER_SHOP).holdout
        assert found.fit == judge(present, matured, OF_ANOTHER_SHOP).holdout.fit


def test_the_version_in_force_stays_where_the_new_one_differs_by_chance_only(present, matured):
    found = judge(present, matured, TRUE)
    assert found.reason == "it does not differ from the version in force by more than chance"
    assert found.model is not None


def test_versions_are_not_changed_month_by_month(shop):
    in_force, adopted = OF_ANOTHER_SHOP, 0
    for day in range(370, TODAY, 30):
        found = judge(shop.cells(day), {days: shop.cells(day - days, days) for days in (30, 90)}, in_force)
        if found.adopted:
            in_force, adopted = found.model, adopted + 1
    assert 1 <= adopted <= 3


def test_a_fit_that_would_have_foretold_worse_is_refused(present, matured):
    """Only half of the orders came since that the older histories led to expect."""
    older = matured[90]
    fewer = Cells(older.x, older.t_x, older.T, older.customers, np.floor(older.ordered / 2))
    found = judge(present, {90: fewer}, MBGNBD(r=0.8, alpha=80.0, a=0.8, b=2.0))
    assert found.reason.startswith(
        "a fit to the customers of 90 days ago foretold who would order since worse"
    )
    assert not found.adopted
    assert found.holdout.difference.brier > 2 * found.holdout.difference.standard_error
    assert 1.01 < found.holdout.score.brier / found.holdout.previous.brier < 1.2


def test_what_would_have_foretold_worse_by_chance_only_is_not_refused(present, matured):
    fit = judge(present, matured, OF_ANOTHER_SHOP).holdout.fit
    luckier = MBGNBD(r=fit.r, alpha=1.1 * fit.alpha, a=fit.a, b=fit.b)
    found = judge(present, matured, luckier)
    assert 0 < found.holdout.difference.brier < 2 * found.holdout.difference.standard_error
    assert found.adopted


@pytest.mark.parametrize(
    ("fitted_days_ago", "horizon_days"), [(None, 90), (120, 90), (90, 30), (31, 30), (30, 30)]
)
def test_the_version_in_force_has_seen_nothing_of_the_holdout_either(
    present, matured, fitted_days_ago, horizon_days
):
    found = judge(present, matured, OF_ANOTHER_SHOP, fitted_days_ago)
    assert found.holdout.horizon_days == horizon_days


def test_nothing_is_adopted_before_the_version_in_force_could_be_proved_wrong(present, matured):
    found = judge(present, matured, OF_ANOTHER_SHOP, fitted_days_ago=29)
    assert found.holdout is None
    assert "29 days" in found.reason


def test_what_is_worse_by_the_optimisers_rounding_is_not_refused(present, matured):
    fit = MBGNBD.fit(*(getattr(matured[90], name) for name in ("x", "t_x", "T", "customers")))
    nearly = MBGNBD(*(value * (1 + 1e-7) for value in fit.parameters.values()))
    reasons = []
    for ordered in (matured[90].ordered, matured[90].customers, np.zeros_like(matured[90].ordered)):
        otherwise = Cells(*(getattr(matured[90], name) for name in ("x", "t_x", "T", "customers")), ordered)
        found = judge(present, {90: otherwise}, nearly)
        reasons.append(found.reason)
        assert abs(found.holdout.difference.brier) < 1e-6
    assert not [reason for reason in reasons if "worse" in reason]


@pytest.mark.parametrize(("customers", "repeat_customers"), [(499, 400), (5000, 99)])
def test_the_shorter_horizon_counts_where_customers_were_too_few_before(
    present, matured, customers, repeat_customers
):
    few = Cells(
        x=np.array([0.0, 2.0]),
        t_x=np.array([0.0, 50.0]),
        T=np.array([100.0, 100.0]),
        customers=np.array([customers - repeat_customers, repeat_customers], dtype=float),
        ordered=np.zeros(2),
    )
    assert judge(present, {30: matured[30], 90: few}, OF_ANOTHER_SHOP).holdout.horizon_days == 30


@pytest.mark.parametrize("matured", [{}, {30: NOBODY, 90: NOBODY}])
def test_nothing_is_adopted_that_could_not_be_judged(present, matured):
    found = judge(present, matured, OF_ANOTHER_SHOP)
    assert found.reason.startswith("too few customers came early enough for a forecast of them to be over")
    assert found.holdout is None
    assert found.model is not None


def test_nothing_is_adopted_that_is_not_identified(matured):
    rng = np.random.default_rng(3)
    age = np.ceil(rng.uniform(50, 400, 2_000))
    x = rng.poisson(rng.gamma(0.8, 1 / 20, 2_000) * age).astype(float)
    t_x = np.where(x > 0, age * rng.beta(np.maximum(x, 1), 1), 0)
    nobody_leaves = Cells(x, t_x, age, np.ones(2_000), np.zeros(2_000))
    found = judge(nobody_leaves, matured, OF_ANOTHER_SHOP)
    assert not found.model.identified
    assert found.reason == found.model.reason


def same(x, t_x, age, customers, ordered):
    return Cells(*(np.array([value], dtype=float) for value in (x, t_x, age, customers, ordered)))


STRANGE = {
    "nobody": (NOBODY, "there are no customers to fit"),
    "cells without customers": (same(1, 5, 9, 0, 0), "there are no customers to fit"),
    "one customer": (same(3, 50, 90, 1, 1), "1 customers are too few to fit"),
    "all alike": (same(3, 50, 90, 5000, 10), ""),
    "all new": (same(0, 0, 0, 5000, 0), "0 customers who came back"),
    "all at one instant": (same(4, 0, 0, 5000, 5000), ""),
    "all there for next to no time": (same(1, 0, 1e-300, 5000, 0), ""),
    "an impossible history": (same(3, 90, 50, 5000, 0), "T must not lie before the last order"),
    "no number": (same(np.nan, 5, 9, 5000, 0), "x must be finite"),
}


@pytest.mark.parametrize(("cells", "reason"), STRANGE.values(), ids=STRANGE)
def test_strange_customers_are_a_refusal(cells, reason):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = judge(cells, {30: cells, 90: cells}, OF_ANOTHER_SHOP)
    assert not found.adopted
    assert reason in found.reason


some_cells = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 500), st.floats(0, 500), st.integers(0, 900), st.booleans()),
    max_size=6,
).map(
    lambda rows: Cells(
        *np.array(
            [(x, t_x if x else 0, (t_x if x else 0) + more, n, n * y) for x, t_x, more, n, y in rows],
            dtype=float,
        )
        .reshape(-1, 5)
        .T
    )
)


@given(some_cells, some_cells, some_cells)
@settings(deadline=None, max_examples=50)
def test_no_customers_are_too_strange_to_be_judged(present, month_ago, quarter_ago):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = judge(present, {30: month_ago, 90: quarter_ago}, OF_ANOTHER_SHOP)
    assert found.adopted == (found.reason == "")
