import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import MBGNBD
from models.backtest import alerts
from models.backtest.alerts import ModelAlerts
from models.backtest.orders import DAY_US, Orders
from models.backtest.score import Bench
from models.backtest.silences import Silences
from models.backtest.versions import Version
from tests.models.backtest import reference

MODELS = st.builds(
    MBGNBD,
    *(st.floats(low, high) for low, high in [(0.3, 3.0), (2.0, 80.0), (0.2, 3.0), (0.2, 3.0)]),
)
# Whole days, so that orders share an instant with each other and with the start of a version.
ORDERS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200).map(lambda day: day * DAY_US)), min_size=2)
STARTS = st.lists(st.integers(1, 199), min_size=1, max_size=5, unique=True).map(sorted)


@st.composite
def histories(draw):
    orders = draw(ORDERS)
    starts = draw(STARTS)
    return orders, [Version(day * DAY_US, draw(MODELS)) for day in starts]


def slow_silences(orders, since):
    return [silence for silence in reference.silences(orders) if silence[4] > max(silence[3], since)]


@given(histories(), st.floats(0.05, 0.95))
def test_the_model_alerts_where_a_slow_reading_of_the_rule_does(history, threshold):
    orders, versions = history
    silences = Silences.of(Orders.of(*zip(*orders, strict=True)), versions[0].start_us)
    slow = slow_silences(orders, versions[0].start_us)
    assert silences.begun_us.tolist() == [begun for *_, begun, _ in slow]
    if slow:
        ages = ModelAlerts(silences, versions).at(threshold)
        expected = [reference.model_alert(silence, versions, threshold) for silence in slow]
        assert ages == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(ORDERS, st.integers(0, 150), st.sampled_from([1, 30, 60, 90]))
def test_a_fixed_rule_alerts_where_a_slow_reading_of_it_does(orders, since, days):
    since *= DAY_US
    silences = Silences.of(Orders.of(*zip(*orders, strict=True)), since)
    expected = [reference.fixed_alert(silence, since, days) for silence in slow_silences(orders, since)]
    assert alerts.after_days(silences, since, days).tolist() == expected


@given(ORDERS, st.integers(0, 100), st.integers(1, 90), st.data())
def test_scores_are_what_counting_by_hand_gives(orders, since, churn_days, data):
    since, end = since * DAY_US, max(at for _, at in orders)
    slow = slow_silences(orders, since)
    if end - since <= churn_days * DAY_US:
        return
    ages = data.draw(
        st.lists(st.sampled_from([0.0, 5.0, 29.5, 60.0, np.inf]), min_size=len(slow), max_size=len(slow))
    )
    bench = Bench(Silences.of(Orders.of(*zip(*orders, strict=True)), since), since, end, churn_days)
    score = bench.score("a rule", np.array(ages))
    assert (score.alerts, *score[3:]) == reference.score(
        list(zip(slow, ages, strict=True)), since, end, churn_days
    )
    assert score.alerts_per_day == score.alerts / ((end - since) / DAY_US)
