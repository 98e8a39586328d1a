# ruff: noqa: N803, N806 - x, t_x and T are the papers' own letters
"""What the models of ordering share: customers order at a Gamma distributed rate until they leave."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models import checks, lomax
from models.blocks import blockwise
from models.elementwise import Floats, expit, floor_at_zero, log1p
from models.estimate import Estimate
from models.histories import Histories
from models.interpolation import Interpolation

Elementwise: TypeAlias = Callable[..., Floats]

LEAST_DROPOUT = 0.01
# Of more rows a sample about this large is fitted first: from its maximum the other is a few steps away.
SAMPLE_ROWS = 8192


@dataclass(frozen=True)
class OrdersModel(Estimate):
    """Customers order at a Gamma(r, rate α) distributed rate until they leave, unseen.

    A customer is (x, t_x, T): x repeat orders, the last of them at age t_x (0 where x is 0), and age T now,
    counted from the first order. All ages, horizons and gaps are in one unit of time, the caller's, which is
    α's unit too. Arguments broadcast, and floats give floats. ValueError says what is wrong with an argument:
    a negative or not finite number, T < t_x, t_x > 0 where x is 0, a probability not within (0, 1).
    """

    r: float
    alpha: float

    @classmethod
    def fit(cls, x: Any, t_x: Any, T: Any, weights: Any = None, start: Self | None = None) -> Self:
        """Fit by maximum likelihood to one history a customer, or a row with weight w for w customers alike.

        `start` is a model to start from, such as the previous fit. See `identified` before relying on it.
        """
        rows = Histories.of(x, t_x, T, weights)
        if start is None:
            start = cls._start(rows)
            step = rows.x.size // SAMPLE_ROWS
            if step > 1 and (sample := cls._fitted_to(rows.every(step), start)).converged:
                start = sample
        return cls._fitted_to(rows, start)

    @classmethod
    def _fitted_to(cls, rows: Histories, start: Self) -> Self:
        return cls._fitted(
            start,
            lambda model: model._score(rows),
            customers=rows.customers,
            repeat_customers=rows.repeat_customers,
        )

    @property
    @abstractmethod
    def dropout(self) -> float:
        """The chance that an average customer leaves before the next order."""

    def p_alive(self, x: Any, t_x: Any, T: Any) -> Floats:
        """Return the probability that a customer has not left by age T."""
        x, t_x, T = checks.history_until(x, t_x, T)
        return blockwise(self._p_alive_for(x, t_x, T), x, t_x, T)

    def p_no_order(self, horizon: Any, x: Any, t_x: Any, T: Any) -> Floats:
        """Return the probability of no order between ages T and T + horizon, whether alive or not."""
        horizon = checks.not_negative("horizon", horizon)
        x, t_x, T = checks.history_until(x, t_x, T)
        p_alive, p_order = self._p_alive_for(x, t_x, T), self._p_order_if_alive_for(horizon, x, T)
        return blockwise(
            lambda horizon, x, t_x, T: 1 - p_alive(x, t_x, T) * p_order(horizon, x, T), horizon, x, t_x, T
        )

    def expected_orders(self, horizon: Any, x: Any, t_x: Any, T: Any) -> Floats:
        """Return the expected number of orders between ages T and T + horizon."""
        horizon = checks.not_negative("horizon", horizon)
        x, t_x, T = checks.history_until(x, t_x, T)
        p_alive, orders = self._p_alive_for(x, t_x, T), self._expected_orders_if_alive_for(horizon, x, T)
        return blockwise(
            lambda horizon, x, t_x, T: p_alive(x, t_x, T) * orders(horizon, x, T), horizon, x, t_x, T
        )

    def expected_orders_new(self, t: Any) -> Floats:
        """Return the expected number of repeat orders up to age t of a customer not seen before."""
        return self.expected_orders(t, 0, 0, 0)

    def alive_until(self, p: Any, x: Any, t_x: Any) -> Floats:
        """Return T*, the age at which `p_alive` falls to p if no further order comes.

        That is t_x itself where `p_alive` is at p or below already, and infinity where it never falls to p.
        """
        p = checks.probability("p", p)
        x, t_x = checks.history(x, t_x)
        return blockwise(self._alive_until, p, x, t_x)

    def gap_quantile(self, q: Any, x: Any, t_x: Any) -> Floats:
        """Return the time after the last order by which a share q of customers have ordered again, if alive.

        The quantile of a Lomax distribution: the rates of customers with this history are Gamma distributed.
        """
        q = checks.probability("q", q)
        x, t_x = checks.history(x, t_x)
        return blockwise(self._gap_quantile, q, x, t_x)

    def p_alive_interval(
        self, x: Any, t_x: Any, T: Any, confidence: float = 0.95
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of a confidence interval for `p_alive`: the delta method on the log-odds.

        It holds the doubt about the parameters only. Raises ValueError where the model has no covariance.
        """
        x, t_x, T = checks.history_until(x, t_x, T)
        log_odds = np.asarray(self._log_odds_alive(x, t_x, T))
        certain = np.isinf(log_odds)  # alive whatever the parameters, as right after an order
        with np.errstate(invalid="ignore"):
            error = self._standard_error(lambda model: model._log_odds_alive(x, t_x, T))
        reach = _deviations(confidence) * np.where(certain, 0.0, error)
        return special.expit(log_odds - reach), special.expit(log_odds + reach)

    def alive_until_interval(
        self, p: Any, x: Any, t_x: Any, confidence: float = 0.95
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of a confidence interval for `alive_until`: the delta method on ln(α + T*).

        It holds the doubt about the parameters only. Raises ValueError where the model has no covariance.
        """
        p = checks.probability("p", p)
        x, t_x = checks.history(x, t_x)

        def log_age(model: Self) -> Floats:
            return np.log(self.alpha + t_x + model._silence_until(p, x, t_x))

        middle = np.asarray(log_age(self))
        with np.errstate(invalid="ignore"):
            error = self._standard_error(log_age)
        reach = _deviations(confidence) * np.where(np.isinf(middle), 0.0, error)
        low, high = (np.maximum(np.exp(end) - self.alpha, t_x) for end in (middle - reach, middle + reach))
        return low, high

    def _weakness(self) -> str:
        if self.dropout < LEAST_DROPOUT:
            return (
                f"churn is not identified: customers leave after {self.dropout:.2%} of orders, less than 1 %"
            )
        return ""

    def _p_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        return expit(self._log_odds_alive(x, t_x, T))

    def _p_alive_for(self, x: Floats, t_x: Floats, T: Floats) -> Elementwise:
        """Return `_p_alive` as it is fastest for these customers, or blocks of them; so do the next two."""
        return self._p_alive

    def _p_order_if_alive_for(self, horizon: Floats, x: Floats, T: Floats) -> Elementwise:
        return self._p_order_if_alive

    def _expected_orders_if_alive_for(self, horizon: Floats, x: Floats, T: Floats) -> Elementwise:
        return self._expected_orders_if_alive

    def _interpolated(
        self, if_alive: Elementwise, scale: float, horizon: Floats, x: Floats, T: Floats
    ) -> Elementwise:
        """Return if_alive(horizon, x, T), interpolated where there are many customers and one horizon.

        The function of scale + T must be analytic off the negative numbers.
        """
        if np.size(horizon) > 1:
            return if_alive
        table = Interpolation.of(
            lambda x, log_age: if_alive(horizon, x, np.exp(log_age) - scale),
            lambda T: np.log(scale + T),
            x,
            T,
        )
        return if_alive if table is None else lambda _, x, T: table(x, T)

    def _alive_until(self, p: Floats, x: Floats, t_x: Floats) -> Floats:
        return t_x + floor_at_zero(self._silence_until(p, x, t_x))

    def _gap_quantile(self, q: Floats, x: Floats, t_x: Floats) -> Floats:
        return lomax.wait_for(-log1p(-q), self.r + x, self.alpha + t_x)

    @classmethod
    @abstractmethod
    def _start(cls, rows: Histories) -> Self:
        """Return a model to start the search for the maximum from."""

    @abstractmethod
    def _score(self, rows: Histories) -> tuple[float, NDArray[np.float64]]:
        """Return the log-likelihood of the rows and its gradient in the log-parameters."""

    @abstractmethod
    def _log_odds_alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        """Return ln(p / (1 − p)) for p = `p_alive`."""

    @abstractmethod
    def _silence_until(self, p: Floats, x: Floats, t_x: Floats) -> Floats:
        """Return how long after the last order `p_alive` falls to p; negative where it was below at once."""

    @abstractmethod
    def _p_order_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return the probability of an order between ages T and T + horizon of a customer alive at T."""

    @abstractmethod
    def _expected_orders_if_alive(self, horizon: Floats, x: Floats, T: Floats) -> Floats:
        """Return the expected number of orders between ages T and T + horizon of a customer alive at T."""


def _deviations(confidence: float) -> float:
    return float(special.ndtri((1 + checks.probability("confidence", confidence)) / 2))
