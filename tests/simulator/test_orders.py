import numpy as np
import pytest

from simulator.instants import DAY_US, NEVER_US
from tests.simulator.conftest import population

ORDERS = population().generation(0).orders
PAID, SHIPPED, CANCELLED, REFUNDED = (
    at_us < NEVER_US for at_us in (ORDERS.paid_us, ORDERS.shipped_us, ORDERS.cancelled_us, ORDERS.refunded_us)
)


def test_shares_of_fates():
    assert CANCELLED.mean() == pytest.approx(0.03, abs=0.003)
    assert REFUNDED.mean() == pytest.approx(0.07, abs=0.003)
    in_full = ORDERS.refunded_cents[REFUNDED] == ORDERS.cents[REFUNDED]
    assert in_full.mean() == pytest.approx(0.35, abs=0.02)


def test_a_refund_never_exceeds_the_total():
    assert (ORDERS.refunded_cents <= ORDERS.cents).all()
    assert (ORDERS.refunded_cents[REFUNDED] > 0).all()
    assert not ORDERS.refunded_cents[~REFUNDED].any()


def test_a_cancelled_order_is_void():
    assert not (CANCELLED & (SHIPPED | REFUNDED)).any()
    lag_days = (ORDERS.cancelled_us - ORDERS.placed_us)[CANCELLED] / DAY_US
    assert np.quantile(lag_days, 0.95) < 1


def test_what_is_not_cancelled_is_paid_and_then_shipped_or_given_back():
    assert PAID[~CANCELLED].all()
    in_full = REFUNDED & (ORDERS.refunded_cents == ORDERS.cents)
    assert (SHIPPED | CANCELLED | in_full).all()


def test_an_order_goes_through_its_states_one_after_another():
    assert (ORDERS.placed_us < ORDERS.paid_us).all()
    assert (ORDERS.paid_us < ORDERS.shipped_us)[PAID].all()
    assert (ORDERS.paid_us < ORDERS.refunded_us)[REFUNDED].all()
    assert (ORDERS.placed_us < ORDERS.cancelled_us).all()
    in_full = REFUNDED & SHIPPED & (ORDERS.refunded_cents == ORDERS.cents)
    assert (ORDERS.shipped_us < ORDERS.refunded_us)[in_full].all(), "an order is not shipped once refunded"


def test_refunds_come_days_to_months_after_the_order():
    lag_days = (ORDERS.refunded_us - ORDERS.placed_us)[REFUNDED] / DAY_US
    assert np.median(lag_days) == pytest.approx(9, rel=0.1)
    assert lag_days.max() < 365
