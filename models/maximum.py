"""The maximum of a likelihood, with a certificate that it is one."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Vector: TypeAlias = NDArray[np.float64]
# The log-likelihood at log-parameters, and its gradient there.
Score: TypeAlias = Callable[[Vector], tuple[float, Vector]]

FARTHEST = 15.0  # e-folds from the start; beyond them a parameter has run away to 0 or infinity
HESSIAN_STEP = 1e-4
LIKELIHOOD_TOLERANCE = 1e-6


class Maximum(NamedTuple):
    """Where a log-likelihood is highest, over log-parameters; their covariance only where it converged."""

    log_parameters: Vector
    log_likelihood: float
    converged: bool
    covariance: Vector | None


def maximise(score: Score, start: Vector, weight: float) -> Maximum:
    """Return the maximum found from `start`; `weight` is the number of observations.

    It counts as converged when no parameter has run away, the Hessian there is definite and the next Newton
    step would raise the log-likelihood by less than 1e-6, which is a thousandth of a standard error away,
    whatever the optimiser itself reports.
    """

    def cost(log_parameters: Vector) -> tuple[float, Vector]:
        value, gradient = score(log_parameters)
        return -value / weight, -gradient / weight

    found = optimize.minimize(
        cost,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(at - FARTHEST, at + FARTHEST) for at in start],
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
    )
    value, gradient = score(found.x)
    information = -_hessian(score, found.x)
    if not np.all(np.isfinite(information)) or np.linalg.eigvalsh(information)[0] <= 0:
        return Maximum(found.x, value, converged=False, covariance=None)
    covariance: Vector = np.linalg.inv(information).astype(np.float64)
    within = np.all(np.abs(found.x - start) < FARTHEST)
    converged = bool(within and gradient @ covariance @ gradient / 2 < LIKELIHOOD_TOLERANCE)
    return Maximum(found.x, value, converged, covariance if converged else None)


def _hessian(score: Score, at: Vector) -> Vector:
    steps = HESSIAN_STEP * np.eye(at.size)
    rows = np.array([score(at + step)[1] - score(at - step)[1] for step in steps]) / (2 * HESSIAN_STEP)
    return (rows + rows.T) / 2
