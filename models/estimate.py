"""What every fitted model carries: its likelihood, its uncertainty, and whether to believe it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models import checks
from models.elementwise import Floats
from models.maximum import maximise

CUSTOMERS_NEEDED = 500
REPEAT_CUSTOMERS_NEEDED = 100
DIFFERENCE_STEP = 1e-4  # in log-parameters; the error of a central difference is its square


@dataclass(frozen=True)
class Estimate(ABC):
    """Positive parameters, given by the caller or fitted by maximum likelihood.

    The fields below are filled by `fit`. They stay at their defaults where the parameters were given, and do
    not count when two models are compared.
    """

    log_likelihood: float = field(default=np.nan, kw_only=True, compare=False, repr=False)
    converged: bool = field(default=False, kw_only=True, compare=False, repr=False)
    customers: float | None = field(default=None, kw_only=True, compare=False, repr=False)
    repeat_customers: float | None = field(default=None, kw_only=True, compare=False, repr=False)
    # Of the logarithms of the parameters; None where there is none to be had.
    log_covariance: NDArray[np.float64] | None = field(default=None, kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            if not isinstance(value, (int, float)):
                msg = f"{name} must be a number; got {value!r}"
                raise ValueError(msg)
            checks.positive(name, value)

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name, in the order of the constructor."""
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.kw_only}

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each parameter, from the Hessian at the maximum; NaN where there is none."""
        if self.log_covariance is None:
            return dict.fromkeys(self.parameters, np.nan)
        relative = np.sqrt(np.diag(self.log_covariance)).tolist()
        return {name: value * r for (name, value), r in zip(self.parameters.items(), relative, strict=True)}

    @property
    def identified(self) -> bool:
        """Whether the data can tell these parameters from others; `reason` says why not."""
        return not self.reason

    @property
    def reason(self) -> str:
        """Why the parameters should not be relied on; empty where they may be."""
        if self.customers is not None and self.customers < CUSTOMERS_NEEDED:
            return f"{self.customers:.0f} customers are too few to fit: {CUSTOMERS_NEEDED} are needed"
        if self.repeat_customers is not None and self.repeat_customers < REPEAT_CUSTOMERS_NEEDED:
            needed = f"{REPEAT_CUSTOMERS_NEEDED} are needed"
            return f"{self.repeat_customers:.0f} customers who came back are too few to fit: {needed}"
        fitted = self.repeat_customers is not None
        if fitted and not self.converged:
            return self._weakness() or "the likelihood has no clear maximum on these data"
        return self._weakness()

    @abstractmethod
    def _weakness(self) -> str:
        """Return what these parameter values say against the model itself; empty where nothing."""

    def _standard_error(self, prediction: Callable[[Self], Floats]) -> Any:
        """Return a prediction's standard error by the delta method, in the prediction's shape."""
        if self.log_covariance is None:
            msg = "an interval needs a model that was fitted and converged: call fit with more customers"
            raise ValueError(msg)
        log_parameters = np.log(list(self.parameters.values()))
        steps = DIFFERENCE_STEP * np.eye(log_parameters.size)
        moved = [
            (prediction(self._at(log_parameters + step)), prediction(self._at(log_parameters - step)))
            for step in steps
        ]
        slopes = np.array([np.subtract(up, down) / (2 * DIFFERENCE_STEP) for up, down in moved])
        return np.sqrt(np.einsum("i...,ij,j...->...", slopes, self.log_covariance, slopes))

    @classmethod
    def _fitted(
        cls,
        start: Self,
        score: Callable[[Self], tuple[float, NDArray[np.float64]]],
        *,
        repeat_customers: float,
        customers: float | None = None,
    ) -> Self:
        """Return the model of highest score found from `start`, with what is known of it."""
        if not isinstance(start, cls):
            msg = f"start must be a {cls.__name__}; got {start!r}"
            raise ValueError(msg)
        maximum = maximise(
            lambda log_parameters: score(cls._at(log_parameters)),
            np.log(list(start.parameters.values())),
            repeat_customers if customers is None else customers,
            start._unit_covariance,
        )
        return replace(
            cls._at(maximum.log_parameters),
            log_likelihood=maximum.log_likelihood,
            converged=maximum.converged,
            customers=customers,
            repeat_customers=repeat_customers,
            log_covariance=maximum.covariance,
        )

    @property
    def _unit_covariance(self) -> NDArray[np.float64] | None:
        """The covariance of the log-parameters for one customer, of whom n have an nth of it."""
        if self.log_covariance is None or self.repeat_customers is None:
            return None
        return self.log_covariance * (self.repeat_customers if self.customers is None else self.customers)

    @classmethod
    def _at(cls, log_parameters: NDArray[np.float64]) -> Self:
        return cls(*np.exp(log_parameters).tolist())
