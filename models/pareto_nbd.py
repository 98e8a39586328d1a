# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""The Pareto/NBD model: customers may leave at any time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models import lomax
from models.blocks import SUMMED_BLOCK, total
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


class Departures(NamedTuple):
    """Times after the last order, and the probabilities of leaving about then.

    The scales, α + age and β + age, are those of then, and `log_` their growth since the last order.
    """

    share: Floats
    log_alpha_growth: Floats
    alpha_then: Floats
    log_beta_growth: Floats
    beta_then: Floats


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
        left = sum(departures.share.sum(axis=0) for departures in self._departures(gap, x, age))
        return -self._silence(gap, x, age) - log(left)

    def _silence(self, gap: Floats, x: Floats, age: Floats) -> Floats:
        """Return −ln P(neither an order nor leaving within the gap | alive at this age)."""
        order = lomax.cumulative_hazard(gap, self.r + x, self.alpha + age)
        return order + lomax.cumulative_hazard(gap, self.s, self.beta + age)

    def _departures(self, gap: Floats, x: Floats, age: Floats) -> Iterator[Departures]:
        """Yield times in the gap and probabilities of leaving about then, silent until then.

        Some at a time, along the first axis. They are the nodes of a Gauss-Legendre quadrature, in
        ln(1 + v / scale), of exp(−silence(v)) s / (β + age + v). The note has it as a difference of two 2F1,
        (19) and (20), which cancel in short gaps, overflow for many orders, and are slow to sum where β is
        far from α; here all terms are positive. Past a silence of 40 there is nothing left to add.
        """
        order, leave = (self.r + x, self.alpha + age), (self.s, self.beta + age)
        order_first = self.alpha <= self.beta
        (early, scale), (late, late_scale) = (order, leave) if order_first else (leave, order)
        end = np.minimum(lomax.wait_for(40.0, early, scale), lomax.wait_for(40.0, late, late_scale))
        length = np.asarray(np.log1p(np.minimum(gap, end) / scale))
        # As many as the cache holds: few rows cost less that way.
        at_once = 1 + SUMMED_BLOCK // max(length.size, 1)
        axis = (-1, *(1,) * length.ndim)
        for first in range(0, NODES.size, at_once):
            some = slice(first, first + at_once)
            node, weight = NODES[some].reshape(axis), NODE_WEIGHTS[some].reshape(axis)
            log_early = node * length
            v = scale * np.expm1(log_early)
            log_late = np.log1p(v / late_scale)
            early_scale_then, late_scale_then = scale + v, late_scale + v
            share = np.exp(-early * log_early - late * log_late) * (weight * self.s * length)
            if order_first:
                share *= early_scale_then / late_scale_then
                yield Departures(share, log_early, early_scale_then, log_late, late_scale_then)
            else:
                yield Departures(share, log_late, late_scale_then, log_early, early_scale_then)

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
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        value, of_alpha, of_beta, left, log_age, log_beta_age = total(
            lambda block: self._sums(rows.weights[block], rows.x[block], rows.t_x[block], rows.T[block]),
            rows.x.size,
        )
        log_alpha, log_beta = np.log(alpha), np.log(beta)
        of_count = special.gammaln(r + rows.counts) - special.gammaln(r) + r * log_alpha + s * log_beta
        of_r = special.digamma(r + rows.counts) - special.digamma(r) + log_alpha
        gradient = [
            r * (rows.count_weights @ of_r - log_age),
            rows.customers * r - alpha * of_alpha,
            s * (rows.customers * log_beta - log_beta_age) + left,
            rows.customers * s - beta * of_beta,
        ]
        return float(value + rows.count_weights @ of_count), np.array(gradient)

    def _sums(self, weights: Floats, x: Floats, t_x: Floats, T: Floats) -> NDArray[np.float64]:
        """Return what the score is made of that is not a function of x alone, summed over these rows.

        The value, the customers who left, and the sums over the customers, at the age they were last in the
        shop, of the rates of ordering and leaving and of ln(α + age) and ln(β + age).
        """
        r, s = self.r, self.s
        shape, gap = r + x, T - t_x
        alpha_last, beta_last, alpha_now, beta_now = (
            self.alpha + t_x,
            self.beta + t_x,
            self.alpha + T,
            self.beta + T,
        )
        chance, log_a, log_b, rate_a, rate_b = np.zeros((5, x.size))
        for share, log_alpha_growth, alpha_then, log_beta_growth, beta_then in self._departures(gap, x, t_x):
            chance += share.sum(axis=0)
            log_a += (share * log_alpha_growth).sum(axis=0)
            log_b += (share * log_beta_growth).sum(axis=0)
            rate_a += (share / alpha_then).sum(axis=0)
            rate_b += (share / beta_then).sum(axis=0)
        log_alpha_last, log_beta_last = np.log(alpha_last), np.log(beta_last)
        log_alpha_now, log_beta_now = np.log(alpha_now), np.log(beta_now)
        silence = shape * (log_alpha_now - log_alpha_last) + s * (log_beta_now - log_beta_last)
        log_odds_left = silence + log(chance)
        left = weights * expit(log_odds_left)
        stayed = weights - left
        left_of_chance = left / np.where(chance > 0, chance, 1)
        return np.array([
            weights @ (log1p_exp(log_odds_left) - shape * log_alpha_now - s * log_beta_now),
            (stayed / alpha_now + left_of_chance * rate_a) @ shape,
            s * (stayed @ (1 / beta_now)) + (s + 1) * (left_of_chance @ rate_b),
            left.sum(),
            stayed @ log_alpha_now + left @ log_alpha_last + left_of_chance @ log_a,
            stayed @ log_beta_now + left @ log_beta_last + left_of_chance @ log_b,
        ])  # fmt: skip
