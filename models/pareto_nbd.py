# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""The Pareto/NBD model: customers may leave at any time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models import lomax
from models.elementwise import (
    LARGEST_EXPONENT,
    Floats,
    capped_exp,
    expit,
    expm1,
    floor_at_zero,
    log,
    log1p,
    log1p_exp,
)
from models.histories import Histories
from models.interpolation import Interpolation
from models.orders_model import Elementwise, OrdersModel
from models.pareto_departure import p_leaves_first

LONGEST_LOG_GAP = 300.0
MOST_STEPS = 200
STEP_TOLERANCE = 1e-11
NODES, NODE_WEIGHTS = special.roots_sh_legendre(24)


@dataclass(frozen=True)
class ParetoNBD(OrdersModel):
    """Customers leave at a constant rate that is Gamma(s, rate β) distributed among them.

    r and s are pure numbers, α and β are in the caller's unit of time.

    D. C. Schmittlein, D. G. Morrison, R. Colombo (1987), "Counting your customers: who are they and what will
    they do next?", Management Science 33(1), 1-24; equation numbers below are those of P. S. Fader and
    B. G. S. Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions",
    brucehardie.com/notes/009.
    """

    s: float
    beta: float

    @property
    def dropout(self) -> float:
        """The mean rate of leaving, s / β, as a share of it and the mean rate of ordering, r / α."""
        leaving, ordering = self.s / self.beta, self.r / self.alpha
        return leaving / (leaving + ordering)

    def _p_alive_for(self, x: Floats, t_x: Floats, T: Floats) -> Elementwise:
        p_leaves = Interpolation.of(
            lambda x, log_ratio: p_leaves_first(self.r + x, self.s, log_ratio), self._log_ratio, x, t_x, T
        )
        if p_leaves is None:
            return self._p_alive

        def p_alive(x: Floats, t_x: Floats, T: Floats) -> Floats:
            """Return 1 / (1 + D), with D the chance of leaving first as of t_x, without that as of T."""
            odds_left = capped_exp(self._silence(T - t_x, x, t_x)) * p_leaves(x, t_x) - p_leaves(x, T)
            return 1 / (1 + floor_at_zero(odds_left))

        return p_alive

    def _log_ratio(self, age: Floats) -> Floats:
        return np.log((self.alpha + age) / (self.beta + age))

    def _p_order_if_alive_for(self, horizon: Floats, x: Floats, T: Floats) -> Elementwise:
        return self._interpolated(self._p_order_if_alive, min(self.alpha, self.beta), horizon, x, T)

    def _log_odds_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        return self._log_odds_after(T - t_x, x, t_x)

    def _log_odds_after(self, gap: Floats, x: Floats, age: Floats) -> Floats:
        """Return −ln D for a customer alive at this age and silent since, P(alive) = 1 / (1 + D).

        D is the odds of having left in silence against having stayed in silence, equations (36) and (37).
        """
        left = sum(share for _, share in self._departures(gap, x, age))
        return -self._silence(gap, x, age) - log(left)

    def _silence(self, gap: Floats, x: Floats, age: Floats) -> Floats:
        """Return −ln P(neither an order nor leaving within the gap | alive at this age)."""
        order = lomax.cumulative_hazard(gap, self.r + x, self.alpha + age)
        return order + lomax.cumulative_hazard(gap, self.s, self.beta + age)

    def _departures(self, gap: Floats, x: Floats, age: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Yield times v in the gap and probabilities of leaving about then, silent until then.

        They are the nodes of a Gauss-Legendre quadrature, in ln(1 + v / scale), of
        exp(−silence(v)) s / (β + age + v). The note has it as a difference of two 2F1, (19) and (20), which
        cancel in short gaps, overflow for many orders, and are slow to sum where β is far from α; here all
        terms are positive. Past a silence of 40 there is nothing left to add.
        """
        order, leave = (self.r + x, self.alpha + age), (self.s, self.beta + age)
        (early, scale), (late, late_scale) = (order, leave) if self.alpha <= self.beta else (leave, order)
        end = np.minimum(lomax.wait_for(40.0, early, scale), lomax.wait_for(40.0, late, late_scale))
        length = np.log1p(np.minimum(gap, end) / scale)
        for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
            hazard = node * length
            v = scale * np.expm1(hazard)
            silent = np.exp(-early * hazard - lomax.cumulative_hazard(v, late, late_scale))
            yield v, weight * length * (scale + v) * silent * self.s / (self.beta + age + v)

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
            outside = (newton < low) | (newton > high)
            log_gap, before = np.where(outside, (low + high) / 2, newton), log_gap
            if not np.any(np.abs(log_gap - before) > STEP_TOLERANCE):
                break
        return np.exp(log_gap)

    def _p_order_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return 1 − P(silent | alive at T), a customer alive at T being like one who ordered at T."""
        log_odds = self._log_odds_after(horizon, x, T)
        return -expm1(log1p_exp(-log_odds) - self._silence(horizon, x, T))

    def _expected_orders_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return equation (41) without P(alive), (27) for x = T = 0; s = 1 is an ordinary value here."""
        decay = log1p(horizon / (self.beta + T))
        lifetime = (self.beta + T) * decay * special.exprel((1 - self.s) * decay)
        return (self.r + x) / (self.alpha + T) * lifetime

    @classmethod
    def _start(cls, rows: Histories) -> Self:
        return cls(r=1.0, alpha=rows.mean_gap, s=1.0, beta=rows.mean_age)

    def _score(self, rows: Histories) -> tuple[float, NDArray[np.float64]]:
        """Return the logarithm of equation (18) and its gradient.

        The equation is a sum over having stayed and having left: the first summand divided by P(alive).
        """
        r, alpha, s, beta, x, gap = self.r, self.alpha, self.s, self.beta, rows.x, rows.T - rows.t_x
        shape, log_alpha, log_beta = r + x, np.log(alpha), np.log(beta)
        sums = np.zeros((5, gap.size))
        for v, share in self._departures(gap, x, rows.t_x):
            a, b = alpha + rows.t_x + v, beta + rows.t_x + v
            sums += share * np.stack([np.ones_like(a), np.log(a), 1 / a, np.log(b), 1 / b])
        total = sums[0]
        mean_log_a, mean_rate_a, mean_log_b, mean_rate_b = sums[1:] / np.where(total > 0, total, 1)
        log_odds_left = self._silence(gap, x, rows.t_x) + log(total)
        left = rows.weights * expit(log_odds_left)
        stayed = rows.weights - left

        a, b = alpha + rows.T, beta + rows.T
        of_count = special.gammaln(r + rows.counts) - special.gammaln(r) + r * log_alpha + s * log_beta
        of_row = log1p_exp(log_odds_left) - shape * np.log(a) - s * np.log(b)
        value = rows.count_weights @ of_count + rows.weights @ of_row

        of_r = rows.count_weights @ (special.digamma(r + rows.counts) - special.digamma(r) + log_alpha)
        of_r -= stayed @ np.log(a) + left @ mean_log_a
        of_s = rows.customers * log_beta - stayed @ np.log(b) - left @ mean_log_b
        gradient = [
            r * of_r,
            rows.customers * r - alpha * (stayed @ (shape / a) + left @ (shape * mean_rate_a)),
            s * of_s + left.sum(),
            rows.customers * s - beta * (stayed @ (s / b) + left @ ((s + 1) * mean_rate_b)),
        ]
        return float(value), np.array(gradient)
