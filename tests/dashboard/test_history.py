"""The past as a version of the model sees it: the flow's own rules, at every instant."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from analytics.dashboard.history import History
from models import MBGNBD
from operators.instant import to_us
from operators.rfm import Rfm
from operators.risk import Risk, state_at
from tests.dashboard.filling import DAY, MODEL, NOW

VERSION = MODEL | {"threshold": 0.5, "quantile": 0.9, "lapse_days": 90}
FREQUENT = VERSION | {"r": 2.0, "alpha_days": 20.0, "a": 0.3, "b": 4.0}


def invented(seed):
    random = Random(seed)
    at, orders = NOW - 700 * DAY, []
    while at < NOW:
        orders.append(at)
        at += random.choice([0.0, 0.2, 5, 20, 60, 130, 200]) * random.uniform(0.5, 1.5) * DAY
    return orders


@pytest.mark.parametrize("version", [VERSION, FREQUENT], ids=["cdnow", "frequent"])
@pytest.mark.parametrize("seed", range(6))
def test_states_are_those_of_the_flows_rules(version, seed):
    orders = invented(seed)
    stays = History.of(orders, version, NOW).states()
    model = MBGNBD(r=version["r"], alpha=version["alpha_days"], a=version["a"], b=version["b"])
    risk = Risk(model, "any", threshold=0.5, quantile=0.9, lapse_days=90)
    assert stays[0].begin == orders[0]
    assert stays[-1].end == NOW
    assert all(one.end == other.begin for one, other in pairwise(stays))
    for stay in stays:
        at = stay.begin + (stay.end - stay.begin) / 2
        past = [order for order in orders if order <= at]
        rfm = Rfm(to_us(past[0]), to_us(past[-1]), len(past), 0, "")
        assert stay.state == state_at(risk.crossings(rfm), rfm.latest_us, to_us(at))[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_is_the_models_at_every_instant(seed):
    orders = invented(seed)
    history = History.of(orders, VERSION, NOW)
    curve = history.p_alive()
    assert curve[0][0] == orders[0]
    assert curve[-1][0] == history.end > NOW
    seen = set()
    for at, p in curve:
        # Of the two points at an order the first is what was known right before it.
        jump = at in orders[1:] and at not in seen
        seen.add(at)
        past = [order for order in orders if order < at or (order == at and not jump)] or orders[:1]
        x, t_x, age = len(past) - 1, (past[-1] - past[0]) / DAY, (at - past[0]) / DAY
        assert p == pytest.approx(history.model.p_alive(x, t_x if x else 0.0, age), abs=1e-9)


def test_orders_ahead_of_time_are_not_known_yet():
    history = History.of([NOW - DAY, NOW + timedelta(seconds=1)], VERSION, NOW)
    assert history.orders == [NOW - DAY]
    assert History.of([NOW + DAY], VERSION, NOW) is None


def test_without_a_version_there_is_no_past():
    assert History.of([NOW - DAY], None, NOW) is None
    assert History.of([NOW - DAY], VERSION | {"r": None}, NOW) is None


def test_whoever_never_crosses_is_drawn_all_the_same():
    faithful = History.of([NOW - DAY], VERSION | {"a": 1e-12}, NOW)
    assert faithful.end <= NOW + 181 * DAY
    assert faithful.p_alive()[-1][1] > 0.9


def test_thousands_of_orders_are_drawn_with_few_points():
    orders = [NOW - number * DAY / 10 for number in range(5000)]
    assert len(History.of(orders, VERSION, NOW).p_alive()) < 300
