# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""What BG/NBD and MBG/NBD share: after an order, a customer may leave for good."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from models import checks, purchase_gap
from models.elementwise import Floats, expit, floor_at_zero, log, log1p


@dataclass(frozen=True)
class BetaGeometric(ABC):
    """Customers order at a Gamma(r, rate α) rate and leave after an order with a Beta(a, b) probability.

    r, a and b are pure numbers. α is in the caller's unit of time, and so are all ages, horizons and gaps.
    """

    r: float
    alpha: float
    a: float
    b: float

    def __post_init__(self) -> None:
        checks.positive(r=self.r, alpha=self.alpha, a=self.a, b=self.b)

    @abstractmethod
    def _log_odds_at_last_order(self, x: Floats) -> Floats:
        """Return ln(P(stayed) / P(left)) right after the last order; infinity where nobody can leave."""

    def p_alive(self, x: Any, t_x: Any, T: Any) -> Floats:
        """Return the probability that a customer has not left by age T.

        x: repeat orders; t_x: age at the last one, 0 where x is 0; T: age now. Ages count from the first
        order. The arguments broadcast. Raises ValueError for a negative or not finite value, for t_x > T, and
        for x = 0 with t_x > 0.
        """
        x, t_x, T = checks.history_until(x, t_x, T)
        silence = purchase_gap.cumulative_hazard(T - t_x, self.r + x, self.alpha + t_x)
        return expit(self._log_odds_at_last_order(x) - silence)

    def alive_until(self, p: Any, x: Any, t_x: Any) -> Floats:
        """Return T*, the age at which `p_alive` falls to p if no further order comes.

        That is t_x itself where `p_alive` is at p or below already, and infinity where it never falls to p.
        p lies strictly between 0 and 1; x and t_x as in `p_alive`. The arguments broadcast.
        """
        p = checks.probability("p", p)
        x, t_x = checks.history(x, t_x)
        silence = floor_at_zero(self._log_odds_at_last_order(x) - log(p / (1 - p)))
        return t_x + purchase_gap.gap_at(silence, self.r + x, self.alpha + t_x)

    def gap_quantile(self, q: Any, x: Any, t_x: Any) -> Floats:
        """Return the time after the last order by which a customer who stays has ordered again, in a share q.

        q lies strictly between 0 and 1; x and t_x as in `p_alive`. The arguments broadcast.
        """
        q = checks.probability("q", q)
        x, t_x = checks.history(x, t_x)
        return purchase_gap.gap_at(-log1p(-q), self.r + x, self.alpha + t_x)
