from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import silences
from operators import alert, rfm
from operators.chunk import Record
from operators.clock import Clock
from operators.instant import DAY_US, to_us
from operators.order import OrderChange
from operators.policy import Policy
from operators.rfm import Customer
from operators.risk import Risk
from operators.schedule import Schedule

CROSSING_US = to_us(datetime(2026, 11, 25, 12, 0, 0, 123456, UTC))
RECORD = Record("orders:0", 0, None, None)


def raised_us(risk, placed_us):
    """The instants of the alerts that the flow raises on these orders, up to some days after the crossing."""
    customer = Customer({})
    for order_id, at_us in enumerate(placed_us):
        rfm.apply(customer, OrderChange("c", str(order_id), 1, at_us, 1250, True, RECORD))
    clock = Clock(CROSSING_US + DAY_US, 0)
    found = alert.implied("c", customer, Schedule(risk), Policy("EUR"), clock)
    return [one.raised_at_us for one in found.values()]


@given(st.lists(st.integers(0, 400 * DAY_US), max_size=2), st.sampled_from([20, 90, 400]))
def test_the_silence_after_these_orders_is_alerted_at_the_instant_that_was_given(risk, gaps_us, lapse_days):
    rules = Risk(risk.model, "test", threshold=0.5, quantile=0.9, lapse_days=lapse_days)
    placed_us = silences.placed_us(rules, gaps_us, CROSSING_US)
    assert [late - early for early, late in pairwise(placed_us)] == gaps_us
    assert abs(raised_us(rules, placed_us)[-1] - CROSSING_US) <= 1


def test_each_customer_is_alerted_at_an_instant_of_their_own(risk):
    crossings_us = [CROSSING_US + second * 1_000_000 for second in range(50)]
    found = list(silences.customers(risk, 7, crossings_us, seed=1))
    assert [customer.id for customer in found] == list(range(7, 57))
    raised = [raised_us(risk, customer.placed_us)[-1] for customer in found]
    assert max(abs(at_us - wanted) for at_us, wanted in zip(raised, crossings_us, strict=True)) <= 1
    assert {len(customer.placed_us) for customer in found} == {1, 2, 3}


def test_steady_crossings_fill_the_time_evenly():
    assert silences.steady(1000, 2000, 4) == [1125, 1375, 1625, 1875]


def test_other_crossings_keep_away_from_the_present():
    found = silences.elsewhere(CROSSING_US, 1000, seed=1)
    away_us = [at_us - CROSSING_US for at_us in found]
    assert all(DAY_US <= abs(by_us) <= 60 * DAY_US for by_us in away_us)
    assert min(away_us) < 0 < max(away_us)
