"""The Lomax distribution: the wait for an event whose rate is Gamma(shape, rate scale) distributed.

It is the wait for the next order of a customer with x repeat orders at some age, who orders at a
Gamma(r + x, α + age) distributed rate, and under Pareto/NBD the wait for leaving. Its cumulative hazard is
shape · ln(1 + wait / scale).
"""

from models.elementwise import Floats, expm1, log1p


def cumulative_hazard(wait: Floats, shape: Floats, scale: Floats) -> Floats:
    """Return −ln P(no event within the wait)."""
    return shape * log1p(wait / scale)


def wait_for(hazard: Floats, shape: Floats, scale: Floats) -> Floats:
    """Return the wait at which the cumulative hazard reaches a value: the inverse of `cumulative_hazard`."""
    return scale * expm1(hazard / shape)
