import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import MBGNBD
from models.backtest.alerts import ModelAlerts
from models.backtest.orders import DAY_US, Orders
from models.backtest.silences import Silences
from models.backtest.versions import rolling


def fit(orders, refit_days=60):
    return rolling(orders, refit_days, lambda _: None)


def published(orders, before_us, threshold=0.4):
    """What is raised before an instant: (customer's history, silence, alert) of each alert."""
    versions = fit(orders)
    silences = Silences.of(orders, versions[0].start_us)
    ages = ModelAlerts(silences, versions).at(threshold)
    raised_us = silences.begun_us + ages * DAY_US
    rows = zip(silences.begun_us, silences.x, silences.t_x, raised_us, strict=True)
    return sorted(row for row in rows if row[3] < before_us)


@pytest.mark.parametrize("day", [250, 333, 480])
def test_no_order_after_an_instant_changes_an_alert_before_it(shop, day):
    known = shop.placed_at_us < day * DAY_US
    before = published(shop, day * DAY_US)
    assert before
    # Whoever was to come back does not, and everybody else orders, again and again.
    others = np.setdiff1d(shop.customer, shop.customer[~known])
    later = [(who, (day + wait) * DAY_US) for who in others for wait in (0, 1, 40, 90)]
    customers = np.append(shop.customer[known], [who for who, _ in later])
    instants = np.append(shop.placed_at_us[known], [at for _, at in later])
    assert published(Orders.of(customers, instants), day * DAY_US) == before


def test_a_version_is_fitted_to_the_orders_before_its_start_and_no_other(shop):
    versions = fit(shop)
    starts = [version.start_us / DAY_US for version in versions]
    assert starts == [float(day) for day in range(60, 600, 60)][-len(starts) :]
    third = versions[2]
    known = shop.placed_at_us < third.start_us
    not_known_yet = [third.start_us, third.start_us + 1]
    instants = np.append(shop.placed_at_us[known], not_known_yet)
    so_far = Orders.of(np.append(shop.customer[known], [0, 0]), instants)
    assert fit(so_far)[2].model == third.model


def test_there_is_no_version_before_a_fit_is_identified(shop):
    first = fit(shop)[0]
    x, _, _ = shop.histories(first.start_us)
    earlier, _, _ = shop.histories(first.start_us - 60 * DAY_US)
    assert x.size >= 500
    assert (x > 0).sum() >= 100
    assert earlier.size < 500 or (earlier > 0).sum() < 100


def test_the_last_identified_model_stays_where_a_fit_is_not(monkeypatch, shop):
    answers = itertools.cycle([False, True])
    identified = MBGNBD.identified.fget
    every_other = property(lambda model: next(answers) and identified(model))
    monkeypatch.setattr(MBGNBD, "identified", every_other)
    versions = fit(shop)
    gaps = np.diff([version.start_us for version in versions]) / DAY_US
    assert set(gaps) == {120.0}


@pytest.mark.parametrize(
    ("orders", "complaint"),
    [
        (Orders.of([0, 1], [DAY_US, 2 * DAY_US]), "do not reach from one 60-day period into the next"),
        (Orders.of([0, 1], [DAY_US, 70 * DAY_US]), "by 1970-03-02 1 customers are too few to fit: 500 are"),
    ],
)
def test_too_little_history_is_told(orders, complaint):
    with pytest.raises(ValueError, match=complaint):
        fit(orders)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(-50, 50)), min_size=1),
    st.integers(-49, 51),
)
def test_a_history_is_what_was_known_by_then(orders, until):
    found = Orders.of([who for who, _ in orders], [at for _, at in orders]).histories(until)
    known = {}
    for who, at in sorted(orders):
        if at < until:
            known.setdefault(who, []).append(at)
    expected = [
        (len(times) - 1, (times[-1] - times[0]) / DAY_US, (until - times[0]) / DAY_US)
        for times in known.values()
    ]
    assert list(zip(*found, strict=True)) == expected
