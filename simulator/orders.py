"""Orders: what was bought, for how much, and what became of it."""

from dataclasses import dataclass, fields

import numpy as np

from simulator.instants import DAY_US, NEVER_US, Floats, Integers, lag_us
from simulator.preset import Preset

CANCELLED_SHARE = 0.03
REFUNDED_SHARE = 0.07
FULL_REFUND_SHARE = 0.35
REFUND_LAG_DAYS_MAX = 365  # the shop takes nothing back later
_REFUND_LAG_DAYS_MEDIAN, _REFUND_LAG_SIGMA = 9.0, 1.5
_PAID_LAG_DAYS_MEDIAN, _PAID_LAG_SIGMA = 20 / 1440, 1.0
_SHIPPED_LAG_DAYS_MEDIAN, _SHIPPED_LAG_SIGMA = 1.2, 0.5
_CANCELLED_LAG_DAYS_MEAN = 3 / 24
_CENTS_MIN = 100


@dataclass(frozen=True)
class Orders:
    """One generation's orders, oldest first; every array has shape (m,), instants may be NEVER_US."""

    id: Integers
    person: Integers  # index into People
    cents: Integers
    placed_us: Integers
    paid_us: Integers
    shipped_us: Integers
    cancelled_us: Integers  # the whole order is void
    refunded_us: Integers
    refunded_cents: Integers  # the amount given back at refunded_us; all of `cents` for a full refund

    def take(self, chosen: Integers) -> "Orders":
        """Return the orders at some indices."""
        return Orders(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw_orders(
    rng: np.random.Generator,
    preset: Preset,
    id_: Integers,
    person: Integers,
    spend_rate: Floats,
    placed_us: Integers,
) -> Orders:
    """Draw amounts, Gamma(p, ν) with ν = `spend_rate`, and fates for orders; every array has shape (m,)."""
    m = placed_us.size
    amount = rng.standard_gamma(preset.p, m) / spend_rate
    cents = np.maximum(np.rint(amount * 100), _CENTS_MIN).astype(np.int64)
    paid_us = placed_us + _lognormal_us(rng, _PAID_LAG_DAYS_MEDIAN, _PAID_LAG_SIGMA, m)
    shipped_us = paid_us + _lognormal_us(rng, _SHIPPED_LAG_DAYS_MEDIAN, _SHIPPED_LAG_SIGMA, m)
    cancelled_us = placed_us + lag_us(rng.exponential(_CANCELLED_LAG_DAYS_MEAN, m))
    refund_lag_us = _lognormal_us(rng, _REFUND_LAG_DAYS_MEDIAN, _REFUND_LAG_SIGMA, m)
    refunded_us = np.maximum(placed_us + refund_lag_us, paid_us + 1)
    part_cents = np.clip((cents * rng.uniform(0.1, 0.9, m)).astype(np.int64), 1, cents - 1)

    fate, full = rng.random(m), rng.random(m) < FULL_REFUND_SHARE
    cancelled = (fate < CANCELLED_SHARE) & (cancelled_us < shipped_us)
    refunded = (fate > 1 - REFUNDED_SHARE) & (refund_lag_us < REFUND_LAG_DAYS_MAX * DAY_US)
    paid = ~cancelled | (paid_us < cancelled_us)
    shipped = ~cancelled & ~(refunded & full & (refunded_us < shipped_us))
    return Orders(
        id=id_,
        person=person,
        cents=cents,
        placed_us=placed_us,
        paid_us=np.where(paid, paid_us, NEVER_US),
        shipped_us=np.where(shipped, shipped_us, NEVER_US),
        cancelled_us=np.where(cancelled, cancelled_us, NEVER_US),
        refunded_us=np.where(refunded, refunded_us, NEVER_US),
        refunded_cents=np.where(refunded, np.where(full, cents, part_cents), 0),
    )


def _lognormal_us(rng: np.random.Generator, median_days: float, sigma: float, n: int) -> Integers:
    return lag_us(median_days * np.exp(sigma * rng.standard_normal(n)))
