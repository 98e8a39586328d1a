import numpy as np
import pytest
from msgspec.structs import replace

from models import MBGNBD
from operators.census import CENSUS_US, HORIZONS_DAYS, WEEK_US, End, InForce, Part
from operators.gathering import MISSED, Gathering
from operators.instant import DAY_US
from operators.storm import StormLimit
from operators.version import Version
from tests.models.invented_shop import InventedShop

AT_US = 600 * CENSUS_US
GIVEN = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
PATIENT = MBGNBD(r=0.8, alpha=200.0, a=0.4, b=2.0)  # who is silent has long been given up by the fit


@pytest.fixture(scope="module")
def part():
    shop = InventedShop.of(MBGNBD(r=0.8, alpha=40.0, a=0.8, b=2.0), customers=3000, days=730, seed=1)
    counted = {}
    for days in (0, *HORIZONS_DAYS):
        cells = shop.cells(730 - days, days)
        first_us = AT_US - np.rint((cells.T + days) * DAY_US).astype(int)
        recency_us = np.rint(cells.t_x * DAY_US).astype(int)
        columns = (cells.x.astype(int), first_us, recency_us, cells.customers.astype(int), cells.ordered)
        for x, first, recency, customers, ordered in zip(*columns, strict=True):
            cell = (days, int(x), int(first // WEEK_US), int(recency // WEEK_US))
            count = counted.setdefault(cell, [0, 0, 0, 0])
            count[0] += int(customers)
            count[1] += int(first % WEEK_US * customers)
            count[2] += int(recency % WEEK_US * customers)
            count[3] += int(ordered)
    return Part(AT_US, counted)


@pytest.mark.parametrize(("fitted_days_ago", "horizon_days"), [(None, 90), (120, 90), (60, 30), (30, 30)])
def test_a_version_is_held_to_days_that_the_one_in_force_has_not_seen(
    part, storm, fitted_days_ago, horizon_days
):
    fitted_at_us = None if fitted_days_ago is None else AT_US - fitted_days_ago * DAY_US
    version = decided(part, storm, GIVEN, fitted_at_us)
    assert version.adopted
    assert version.holdout.horizon_days == horizon_days


def decided(part, storm, model, fitted_at_us=None, *, is_missed=False):
    gathering = Gathering(1, None, storm)
    assert list(gathering.take(part)) == []
    in_force = [InForce.of("in-force", model, fitted_at_us)] * 3
    end = End(AT_US, "clock-00", in_force, is_missed, is_decision_due=True)
    [version] = [verdict for verdict in gathering.take(end) if isinstance(verdict, Version)]
    return version


def test_a_fit_that_would_raise_a_storm_is_all_that_an_adopted_one_is_and_paused(part, risk, storm, caplog):
    adopted = decided(part, storm, PATIENT)
    assert (adopted.outcome, caplog.text) == ("adopted", "")
    paused = decided(part, StormLimit(risk, 0.01), PATIENT)
    assert paused.outcome == "paused"
    assert replace(paused, adopted=True, reason="") == adopted
    assert f"version {paused.version} is not adopted: {paused.reason}" in caplog.text


def test_a_fit_under_the_limit_is_adopted(part, risk):
    assert decided(part, StormLimit(risk, 0.01), GIVEN).adopted


def test_a_fit_that_is_the_version_in_force_but_for_chance_is_no_refusal(part, storm):
    fitted = decided(part, storm, PATIENT)
    same = decided(part, storm, fitted.model)
    assert (same.adopted, same.outcome) == (False, "unchanged")


def test_any_other_objection_comes_before_a_storm(part, risk, caplog):
    limit = StormLimit(risk, 1e-9)
    missed = decided(part, limit, PATIENT, is_missed=True)
    young = decided(part, limit, PATIENT, AT_US - DAY_US)
    assert (missed.outcome, missed.reason) == ("refused", MISSED)
    assert (young.outcome, young.reason[:20]) == ("refused", "the version in force")
    assert caplog.text == ""
