# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""The Pareto/NBD model: customers may leave at any time."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.elementwise import LARGEST_EXPONENT, Floats, expm1, floor_at_zero, log, log1p
from models.histories import Histories
from models.maximum import numeric_score
from models.orders_model import OrdersModel
from models.singularity import across

LEAST_DROPOUT = 0.01
LONGEST_LOG_GAP = 300.0
MOST_STEPS = 200
STEP_TOLERANCE = 1e-11


@dataclass(frozen=True)
class ParetoNBD(OrdersModel):
    """Customers leave at a constant rate that is Gamma(s, rate β) distributed among them.

    r and s are pure numbers, α and β are in the caller's unit of time. Where β < α / 100, results are NaN for
    customers with more than 170 orders within a hundredth of α: 2F1 is out of reach there.

    D. C. Schmittlein, D. G. Morrison, R. Colombo (1987), "Counting your customers: who are they and what will
    they do next?", Management Science 33(1), 1-24; equation numbers below are those of P. S. Fader and
    B. G. S. Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions",
    brucehardie.com/notes/009.
    """

    s: float
    beta: float

    def _log_odds_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        return self._log_odds_after(T - t_x, x, t_x)

    def _log_odds_after(self, gap: Floats, x: Floats, age: Floats) -> Floats:
        """Return −ln D for a customer alive at this age and silent since, P(alive) = 1 / (1 + D).

        That is equations (36) and (37) of the note, with T = age + gap and
        D = s (α+T)^(r+x) (β+T)^s ∫ (α+u)^−(r+x) (β+u)^−(s+1) du from age to T.
        As s e^w (tail(age) − e^−w tail(T)) it neither overflows for large x nor cancels for small gaps.
        """
        w = self._silence(gap, x, age)
        tail = self._tail(x, age + gap)
        return -w - log(self.s * floor_at_zero(self._tail(x, age) - tail - expm1(-w) * tail))

    def _silence(self, gap: Floats, x: Floats, age: Floats) -> Floats:
        """Return −ln P(neither an order nor leaving within the gap | alive at this age)."""
        ordering = (self.r + x) * log1p(gap / (self.alpha + age))
        return ordering + self.s * log1p(gap / (self.beta + age))

    def _tail(self, x: Floats, t: Floats) -> Floats:
        """Return (α+t)^(r+x) (β+t)^s ∫ (α+u)^−(r+x) (β+u)^−(s+1) du from t to infinity.

        Equations (19) and (20) after Euler's transformation, which leaves nothing to overflow for large x.
        scipy's 2F1(A, B; C; z) loses its digits where C − A − B is whole and z close to 1.
        """
        if self.alpha >= self.beta:
            z = (self.alpha - self.beta) / (self.alpha + t)
            return across(round(self.s), self.s, lambda s: _f(self.r + x, self.r + x + s, z))
        z = (self.beta - self.alpha) / (self.beta + t)
        return (1 - z) * across(round(self.r), self.r, lambda r: _f(self.s + 1, r + x + self.s, z))

    def _silence_until(self, p: Floats, x: Floats, t_x: Floats) -> Floats:
        """Solve ln D = ln((1 − p) / p) by Newton's method in the logarithm of the gap, kept in a bracket.

        In that logarithm ln D rises with a slope between 1 and r + x + s.
        """
        target, x, t_x = np.broadcast_arrays(np.log1p(-np.asarray(p)) - np.log(p), x, t_x)
        low, high = np.full(target.shape, -LONGEST_LOG_GAP), np.full(target.shape, LONGEST_LOG_GAP)
        log_gap = np.log((self.beta + t_x) / self.s) + np.minimum(target, 0.0)
        for _ in range(MOST_STEPS):
            gap = np.exp(log_gap)
            log_d = np.maximum(-self._log_odds_after(gap, x, t_x), -LARGEST_EXPONENT)
            low, high = np.where(log_d < target, log_gap, low), np.where(log_d < target, high, log_gap)
            T = t_x + gap
            slope = gap * ((self.r + x) / (self.alpha + T) + self.s / (self.beta + T) * (1 + np.exp(-log_d)))
            newton = log_gap + (target - log_d) / slope
            outside = (newton <= low) | (newton >= high)
            log_gap, before = np.where(outside, (low + high) / 2, newton), log_gap
            if not np.any(np.abs(log_gap - before) > STEP_TOLERANCE):
                break
        return np.exp(log_gap)

    def _p_order_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return 1 − P(silent | alive at T), a customer alive at T being like one who ordered at T."""
        log_odds = self._log_odds_after(horizon, x, T)
        return -expm1(np.logaddexp(0, -log_odds) - self._silence(horizon, x, T))

    def _expected_orders_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return equation (41) without P(alive), (27) for x = T = 0; s = 1 is an ordinary value here."""
        decay = log1p(horizon / (self.beta + T))
        lifetime = (self.beta + T) * decay * special.exprel((1 - self.s) * decay)
        return (self.r + x) / (self.alpha + T) * lifetime

    @classmethod
    def _start(cls, rows: Histories) -> Self:
        return cls(r=0.8, alpha=rows.mean_gap, s=0.8, beta=rows.mean_age)

    def _score(self, rows: Histories) -> tuple[float, NDArray[np.float64]]:
        at = np.log(list(self.parameters.values()))
        return numeric_score(lambda near: self._at(near)._log_likelihood(rows))(at)

    def _log_likelihood(self, rows: Histories) -> float:
        """Return equation (18), whose bracket is (α+T)^−(r+x) (β+T)^−s / P(alive)."""
        shape = self.r + rows.x
        of_count = special.gammaln(self.r + rows.counts) - special.gammaln(self.r)
        constant = self.r * np.log(self.alpha) + self.s * np.log(self.beta)
        of_row = -shape * np.log(self.alpha + rows.T) - self.s * np.log(self.beta + rows.T)
        of_row += np.logaddexp(0, -self._log_odds_alive(rows.x, rows.t_x, rows.T))
        return float(rows.customers * constant + rows.count_weights @ of_count + rows.weights @ of_row)

    def _weakness(self) -> str:
        leaving, ordering = self.s / self.beta, self.r / self.alpha
        dropout = leaving / (leaving + ordering)
        if dropout < LEAST_DROPOUT:
            return f"churn is not identified: customers leave in {dropout:.2%} of order gaps, under 1 %"
        return ""


def _f(b: Floats, total: Floats, z: Floats) -> Floats:
    """Return 2F1(1, b; total + 1; z) / total, NaN where scipy's overflows within."""
    f = special.hyp2f1(1, b, total + 1, z)
    return np.where((f >= 1) & (f < np.inf), f, np.nan) / total
