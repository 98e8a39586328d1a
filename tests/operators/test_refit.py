import numpy as np
import pytest

from models import MBGNBD
from models.cells import Cells
from models.judgement import Judgement, judge
from operators import refit, version
from operators.instant import DAY_US
from operators.version import Bin
from tests.models.invented_shop import InventedShop

GIVEN = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
AT_US, FROM_US = 20_513 * DAY_US, 20_514 * DAY_US


@pytest.fixture(scope="module")
def judged():
    shop = InventedShop.of(MBGNBD(r=0.8, alpha=40.0, a=0.8, b=2.0), customers=3000, days=730, seed=1)
    return judge(shop.cells(730), {days: shop.cells(730 - days, days) for days in (30, 90)}, GIVEN)


def test_a_version_tells_all_of_its_judgement(judged):
    found = refit.of(judged, AT_US, FROM_US, "mbg-nbd:given")
    assert found.version == "mbg-nbd@2026-03-01T00:00:00Z"
    assert (found.fitted_at_us, found.effective_from_us) == (AT_US, FROM_US)
    assert found.model == judged.model
    assert (found.adopted, found.reason) == (judged.adopted, judged.reason) == (True, "")
    assert (found.customers, found.repeat_customers) == (judged.customers, judged.repeat_customers)
    assert found.log_likelihood == judged.model.log_likelihood
    assert list(found.standard_errors.items()) == [
        ("r", judged.model.standard_errors["r"]),
        ("alpha_days", judged.model.standard_errors["alpha"]),
        ("a", judged.model.standard_errors["a"]),
        ("b", judged.model.standard_errors["b"]),
    ]


def test_a_version_tells_what_the_holdout_showed(judged):
    found = refit.of(judged, AT_US, FROM_US, "mbg-nbd:given")
    held, score = found.holdout, judged.holdout.score
    assert (held.horizon_days, held.customers, held.ordered) == (90, score.customers, score.ordered)
    assert (held.expected, held.brier, held.auc) == (score.expected, score.brier, score.auc)
    assert held.bins == [Bin(*of_bin) for of_bin in judged.holdout.bins]
    assert found.previous.version == "mbg-nbd:given"
    assert (found.previous.brier, found.previous.auc) == judged.holdout.previous[3:]


def test_instants_within_a_second_have_names_of_their_own(judged):
    names = {refit.of(judged, AT_US + us, FROM_US, "m").version for us in range(3)}
    assert len(names) == 3


ALIKE = Cells(*(np.array([value]) for value in (3.0, 50.0, 90.0, 5000.0, 10.0)))
NOBODY = Cells(*np.zeros((5, 0)))


@pytest.mark.parametrize("cells", [ALIKE, NOBODY], ids=["all alike", "nobody"])
def test_a_refusal_can_be_written_and_read(cells):
    refused = refit.of(judge(cells, {90: cells}, GIVEN), AT_US, FROM_US, "mbg-nbd:given")
    assert not refused.adopted
    assert version.from_json(version.to_message(refused).value) == refused


def test_without_a_fit_there_are_no_parameters():
    refused = refit.of(judge(NOBODY, {}, GIVEN), AT_US, FROM_US, "mbg-nbd:given")
    assert (refused.r, refused.alpha_days, refused.a, refused.b) == (None,) * 4
    assert (refused.log_likelihood, refused.standard_errors) == (None, None)
    assert (refused.holdout, refused.previous) == (None, None)
    assert refused.reason == "there are no customers to fit"


def test_what_is_no_number_is_not_told_as_one():
    model = MBGNBD(1.0, 2.0, 3.0, 4.0, log_likelihood=np.nan)
    refused = refit.of(Judgement(model, "no maximum", 5, 1, None), AT_US, FROM_US, "mbg-nbd:given")
    assert (refused.log_likelihood, refused.standard_errors) == (None, None)
