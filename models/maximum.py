"""The maximum of a likelihood, with a certificate that it is one."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Vector: TypeAlias = NDArray[np.float64]
# The log-likelihood at log-parameters, and its gradient there.
Score: TypeAlias = Callable[[Vector], tuple[float, Vector]]

FARTHEST = 15.0  # e-folds from the start along an axis; beyond them a parameter has run away to 0 or infinity
HESSIAN_STEP = 1e-4
LIKELIHOOD_TOLERANCE = 1e-6


class Maximum(NamedTuple):
    """Where a log-likelihood is highest, over log-parameters; their covariance only where it converged."""

    log_parameters: Vector
    log_likelihood: float
    converged: bool
    covariance: Vector | None


def maximise(score: Score, start: Vector, weight: float, unit_covariance: Vector | None = None) -> Maximum:
    """Return the maximum found from `start`; `weight` is the number of observations.

    `unit_covariance` is a guess of the covariance times the weight, with which the search takes Newton's
    steps from the first one on. It counts as converged when no parameter has run away, the Hessian there is
    definite and the next Newton step would raise the log-likelihood by less than 1e-6, which is a thousandth
    of a standard error away, whatever the optimiser itself reports.
    """
    axes = np.eye(start.size) if unit_covariance is None else np.linalg.cholesky(unit_covariance)
    farthest = FARTHEST / np.abs(axes).max(axis=0)

    def cost(steps: Vector) -> tuple[float, Vector]:
        value, gradient = score(start + axes @ steps)
        return -value / weight, -gradient @ axes / weight

    found = optimize.minimize(
        cost,
        np.zeros(start.size),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-end, end) for end in farthest],
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
    )
    at = start + axes @ found.x
    value, gradient = score(at)
    information = -_hessian(score, at)
    if not np.all(np.isfinite(information)) or np.linalg.eigvalsh(information)[0] <= 0:
        return Maximum(at, value, converged=False, covariance=None)
    covariance: Vector = np.linalg.inv(information).astype(np.float64)
    within = np.all(np.abs(found.x) < farthest)
    converged = bool(within and gradient @ covariance @ gradient / 2 < LIKELIHOOD_TOLERANCE)
    return Maximum(at, value, converged, covariance if converged else None)


def _hessian(score: Score, at: Vector) -> Vector:
    steps = HESSIAN_STEP * np.eye(at.size)
    rows = np.array([score(at + step)[1] - score(at - step)[1] for step in steps]) / (2 * HESSIAN_STEP)
    return (rows + rows.T) / 2
