"""The Gamma-Gamma model: what a customer spends on an order, however often the orders come."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models import checks
from models.elementwise import Floats, floor_at_zero
from models.estimate import Estimate


@dataclass(frozen=True)
class GammaGamma(Estimate):
    """The amount of an order is Gamma(p, rate ν) distributed, with ν Gamma(q, rate v) among customers.

    A customer is (x, m): x repeat orders of mean amount m, the first order left out. p and q are pure
    numbers, v is in the caller's unit of money, and so are m and what is expected. Spend must not hang
    together with frequency: look at the correlation of x and m first.

    P. S. Fader and B. G. S. Hardie (2013), "The Gamma-Gamma model of monetary value",
    brucehardie.com/notes/025, equations (1a) and (5).
    """

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, x: Any, m: Any, weights: Any = None, start: Self | None = None) -> Self:
        """Fit by maximum likelihood to the customers who came back, or rows of w customers alike.

        `start` is a model to start from, such as the previous fit. See `identified` before relying on it.
        Raises ValueError for x below 1 or not whole, and m not above 0: leave such customers out.
        """
        x, m = checks.positive("x", x), checks.positive("m", m)
        checks.require(x == np.floor(x), "x must be whole: it counts repeat orders", x)
        weights = checks.not_negative("weights", 1.0 if weights is None else weights)
        x, m, weights = (np.ravel(column) for column in np.broadcast_arrays(x, m, weights))
        customers = float(weights.sum())
        if not customers > 0:
            msg = "there are no customers to fit"
            raise ValueError(msg)
        start = start or cls(p=2.0, q=3.0, v=float(weights @ m) / customers)
        return cls._fitted(start, lambda model: model._score(x, m, weights), repeat_customers=customers)

    def expected_spend(self, x: Any, m: Any) -> Floats:
        """Return the expected amount of a customer's orders: a mean of m and the population's, weighted by x.

        m is not used where x is 0. The arguments broadcast. Infinite where p x + q <= 1, a mean that does not
        exist. Equation (5). Raises ValueError for a negative or not finite number.
        """
        x = checks.not_negative("x", x)
        m = checks.not_negative("m", np.where(np.equal(x, 0), 0.0, checks.numbers("m", m)))
        with np.errstate(divide="ignore"):
            return np.divide(self.p * (self.v + x * m), floor_at_zero(self.p * x + self.q - 1))

    def _score(
        self, x: NDArray[np.float64], m: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the logarithm of equation (1a) and its gradient in the log-parameters."""
        p, q, v = self.p, self.q, self.v
        shape, total = p * x, p * x + q
        log_spent, log_sum = np.log(x * m), np.log(v + x * m)
        value = weights @ (
            special.gammaln(total) - special.gammaln(shape) - special.gammaln(q)
            + q * np.log(v) + shape * log_spent - np.log(m) - total * log_sum
        )  # fmt: skip
        of_total = special.digamma(total) - log_sum
        gradient = [
            weights @ (shape * (of_total - special.digamma(shape) + log_spent)),
            q * (weights @ (of_total - special.digamma(q) + np.log(v))),
            weights @ (q - total * v / (v + x * m)),
        ]
        return float(value), np.array(gradient)

    def _weakness(self) -> str:
        if self.q <= 1:
            return f"the population's mean spend does not exist: q = {self.q:.3g}, which is not above 1"
        return ""
