"""The gap to a living customer's next order.

Orders come at a Poisson rate λ, which varies between customers as Gamma(r, rate α). After x repeat orders
in `age` units of time, λ is Gamma(r + x, α + age), so the next gap is Lomax distributed: its cumulative
hazard is (r + x) ln(1 + gap / (α + age)). All three models share this; they differ in how customers leave.
"""

from models.elementwise import Floats, expm1, log1p


def cumulative_hazard(gap: Floats, shape: Floats, scale: Floats) -> Floats:
    """Return −ln P(no order within the gap | alive), with shape = r + x and scale = α + age."""
    return shape * log1p(gap / scale)


def gap_at(hazard: Floats, shape: Floats, scale: Floats) -> Floats:
    """Return the gap at which the cumulative hazard reaches a value: the inverse of `cumulative_hazard`."""
    return scale * expm1(hazard / shape)
