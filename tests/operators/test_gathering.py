import numpy as np
import pytest

from models import MBGNBD
from operators.census import CENSUS_US, HORIZONS_DAYS, WEEK_US, End, InForce, Part
from operators.gathering import Gathering
from operators.instant import DAY_US
from operators.version import Version
from tests.models.invented_shop import InventedShop

AT_US = 600 * CENSUS_US
GIVEN = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)


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
def test_a_version_is_held_to_days_that_the_one_in_force_has_not_seen(part, fitted_days_ago, horizon_days):
    fitted_at_us = None if fitted_days_ago is None else AT_US - fitted_days_ago * DAY_US
    in_force = [InForce.of("in-force", GIVEN, fitted_at_us)] * 3
    gathering = Gathering(1, None)
    assert list(gathering.take(part)) == []
    end = End(AT_US, "clock-00", in_force, is_missed=False, is_decision_due=True)
    [version] = [verdict for verdict in gathering.take(end) if isinstance(verdict, Version)]
    assert version.adopted
    assert version.holdout.horizon_days == horizon_days
