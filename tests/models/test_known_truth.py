"""Scores against the truth that no shop knows: each customer's own chance of ordering.

The histories come by weekly cells, as the flow counts them; the tolerance is four standard errors.
"""

import numpy as np
import pytest

from models import MBGNBD, scores
from tests.models.invented_shop import InventedShop

TRUE = MBGNBD(r=0.8, alpha=40.0, a=0.8, b=2.0)
WRONG = {
    "of another shop": MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284),
    "who never leave": MBGNBD(r=0.8, alpha=40.0, a=0.02, b=2.0),
    "who order half as often": MBGNBD(r=0.8, alpha=80.0, a=0.8, b=2.0),
}
UNTIL = 730


@pytest.fixture(scope="module")
def shop():
    return InventedShop.of(TRUE, customers=20_000, days=UNTIL, seed=1)


def standard_errors_away(each):
    """How far the mean of one number a customer is from zero, in its standard errors."""
    return abs(each.mean()) / (each.std(ddof=1) / np.sqrt(each.size))


def compare(shop, model, horizon_days):
    """Return how far the score is from the truth: in the expected number, and in the Brier score."""
    on_day = UNTIL - horizon_days
    cells, place = shop.cells_and_place(on_day, horizon_days)
    p = scores.forecast(model, horizon_days, cells)
    found = scores.score(p, cells)
    truth, p = shop.true_p(on_day, horizon_days), p[place]
    assert found.expected == pytest.approx(p.sum())
    # What the score must be if everybody orders with the true probability; and if with the model's.
    likely = truth * (1 - p) ** 2 + (1 - truth) * p**2
    spread = np.sqrt(np.sum(truth * (1 - truth) * (1 - 2 * p) ** 2))
    assert abs(found.brier * p.size - likely.sum()) < 4 * spread
    return standard_errors_away(p - truth), standard_errors_away(likely - p * (1 - p))


@pytest.mark.parametrize("horizon_days", [30, 90])
def test_the_true_model_is_as_good_as_it_says(shop, horizon_days):
    assert max(compare(shop, TRUE, horizon_days)) < 4


@pytest.mark.parametrize("horizon_days", [30, 90])
@pytest.mark.parametrize("model", WRONG.values(), ids=WRONG)
def test_a_wrong_model_is_not(shop, model, horizon_days):
    assert max(compare(shop, model, horizon_days)) > 4


def test_the_true_model_is_better_than_every_other(shop):
    cells = shop.cells(UNTIL - 90, 90)
    best = scores.forecast(TRUE, 90, cells)
    others = [scores.forecast(model, 90, cells) for model in WRONG.values()]
    others += [scores.silent_less_than(days, cells) for days in (30, 60, 90)]
    others.append(scores.base_rate(90, cells))
    for other in others:
        worse, standard_error = scores.brier_difference(other, best, cells)
        assert worse > 4 * standard_error
    assert scores.score(best, cells).auc > scores.auc(-cells.silent_days, cells)


def test_a_calibrated_forecast_lies_on_the_diagonal(shop):
    cells = shop.cells(UNTIL - 90, 90)
    for bin_ in scores.reliability(scores.forecast(TRUE, 90, cells), cells):
        # Within a bin no probability is further from an even chance than the edge.
        assert abs(bin_.ordered - bin_.expected) < 4 * np.sqrt(bin_.customers) / 2
