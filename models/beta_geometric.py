# ruff: noqa: N803 - x, t_x and T are the papers' own letters
"""What BG/NBD and MBG/NBD share: a customer leaves right after an order, or not at all until the next."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models import lomax
from models.beta_geometric_orders import expected_orders
from models.blocks import total
from models.elementwise import Floats, capped_exp, expit, expm1, floor_at_zero, log, log1p_exp
from models.histories import Histories
from models.orders_model import Elementwise, OrdersModel


@dataclass(frozen=True)
class BetaGeometric(OrdersModel):
    """Customers leave after an order with a probability that is Beta(a, b) distributed among them.

    The two models differ in one thing: whether a customer may leave after the first order. So a customer with
    x repeat orders has had n = x (BG/NBD) or n = x + 1 (MBG/NBD) occasions to leave, and every formula
    below is in n. r, a and b are pure numbers, α is in the caller's unit of time.
    """

    a: float
    b: float

    LEAVES_AFTER_FIRST_ORDER: ClassVar[bool]

    @property
    def dropout(self) -> float:
        """The mean of Beta(a, b)."""
        return self.a / (self.a + self.b)

    def _occasions(self, x: Floats) -> Floats:
        return x + self.LEAVES_AFTER_FIRST_ORDER

    @abstractmethod
    def _odds_left_at_last_order(self, x: Floats) -> Floats:
        """Return a / (b + n − 1), the odds of having left at the last occasion; 0 if n = 0."""

    def _log_odds_at_last_order(self, x: Floats) -> Floats:
        """Return the log-odds of having stayed at the last occasion; ∞ if there was none."""
        return -log(self._odds_left_at_last_order(x))

    def _log_odds_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        silence = lomax.cumulative_hazard(T - t_x, self.r + x, self.alpha + t_x)
        return self._log_odds_at_last_order(x) - silence

    def _p_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        silence = lomax.cumulative_hazard(T - t_x, self.r + x, self.alpha + t_x)
        odds_left = capped_exp(silence)
        odds_left *= self._odds_left_at_last_order(x)
        odds_left += 1
        return 1 / odds_left

    def _silence_until(self, p: Floats, x: Floats, t_x: Floats) -> Floats:
        silence = self._log_odds_at_last_order(x) - log(p / (1 - p))
        return lomax.wait_for(silence, self.r + x, self.alpha + t_x)

    def _expected_orders_if_alive_for(self, horizon: Floats, x: Floats, T: Floats) -> Elementwise:
        return self._interpolated(self._expected_orders_if_alive, self.alpha, horizon, x, T)

    def _p_order_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        return -expm1(-lomax.cumulative_hazard(horizon, self.r + x, self.alpha + T))

    def _expected_orders_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        z = horizon / (self.alpha + T + horizon)
        return expected_orders(self.a, self.a + self.b - 1 + self._occasions(x), self.r + x, z)

    @classmethod
    def _start(cls, rows: Histories) -> Self:
        return cls(r=1.0, alpha=rows.mean_gap, a=1.0, b=2.0)

    def _score(self, rows: Histories) -> tuple[float, NDArray[np.float64]]:
        """Return the logarithm of equation (6) of Fader, Hardie & Lee (2005), in n, and its gradient.

        The equation is a sum over having stayed and having left: the first summand divided by P(alive).
        """
        r, alpha, a, b, counts = self.r, self.alpha, self.a, self.b, rows.count_weights
        n = self._occasions(rows.counts)
        log_odds_stayed, stay_rate = self._log_odds_at_last_order(rows.counts), b + floor_at_zero(n - 1)

        def of_block(block: slice) -> NDArray[np.float64]:
            count, weights, shape = rows.count_of_row[block], rows.weights[block], r + rows.x[block]
            age, age_at_last = alpha + rows.T[block], alpha + rows.t_x[block]
            log_age, silence = np.log(age), np.log(age / age_at_last)
            log_odds_left = shape * silence - log_odds_stayed.take(count)
            left = weights * expit(log_odds_left)
            # In r and α the ages at which a customer was last known to order count: T if alive, t_x if not.
            return np.array([
                weights @ (log1p_exp(log_odds_left) - shape * log_age),
                weights @ log_age - left @ silence,
                ((weights - left) / age + left / age_at_last) @ shape,
                left.sum(),
                left @ (1 / stay_rate.take(count)),
            ])  # fmt: skip

        of_rows, observed, exposure, left, left_for_rate = total(of_block, rows.x.size)
        of_count = special.gammaln(r + rows.counts) + special.betaln(a, b + n)
        of_all = r * np.log(alpha) - special.gammaln(r) - special.betaln(a, b)
        value = counts @ of_count + rows.customers * of_all + of_rows
        of_r = counts @ (special.digamma(r + rows.counts) - special.digamma(r) + np.log(alpha)) - observed
        of_both = counts @ (special.digamma(a + b) - special.digamma(a + b + n))
        of_b = counts @ (special.digamma(b + n) - special.digamma(b)) - left_for_rate
        gradient = [
            r * of_r,
            rows.customers * r - alpha * exposure,
            a * of_both + left,
            b * (of_both + of_b),
        ]
        return float(value), np.array(gradient)
