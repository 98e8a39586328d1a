# ruff: noqa: N803 - x, t_x and T are the papers' own letters
"""The value of a customer's future orders, discounted to today."""

from typing import Any

from models import checks
from models.elementwise import Floats
from models.gamma_gamma import GammaGamma
from models.orders_model import OrdersModel


def lifetime_value(
    orders_model: OrdersModel,
    spend_model: GammaGamma,
    x: Any,
    t_x: Any,
    T: Any,
    m: Any,
    *,
    period: float,
    periods: int,
    discount_rate: float,
) -> Floats:
    """Return what a customer is expected to spend in the next `periods`, in the unit of money of m.

    x, t_x, T: the customer, as in `OrdersModel`; m: mean amount of the repeat orders, as in `GammaGamma`; the
    arguments broadcast. period: a period's length, in the unit of T. discount_rate: per period, 0.01 for 1 %;
    orders count at the end of theirs. Fader, Hardie & Lee (2005), "RFM and CLV", Journal of Marketing
    Research 42(4), 415-430.

    Raises ValueError for an impossible customer, or a length, number or rate that makes no sense.
    """
    period = checks.positive("period", period)
    if not isinstance(periods, int) or periods < 1:
        msg = f"periods must be a whole number, at least 1; got {periods!r}"
        raise ValueError(msg)
    discount_rate = checks.not_negative("discount_rate", discount_rate)
    orders: Floats = 0.0
    so_far: Floats = 0.0
    for k in range(1, periods + 1):
        until = orders_model.expected_orders(k * period, x, t_x, T)
        orders = orders + (until - so_far) / (1 + discount_rate) ** k
        so_far = until
    return orders * spend_model.expected_spend(x, m)
