"""Functions carried across the removable singularities of their closed forms."""

from collections.abc import Callable

import numpy as np

from models.elementwise import Floats

# The error of the polynomial through eight nodes goes with the eighth power of their distance, that of
# cancellation at the nodes with its inverse.
NODE_DISTANCE = 1 / 128
NODE_STEPS = np.array([-4, -3, -2, -1, 1, 2, 3, 4])


def across(singularity: Floats, at: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Return function(at), by Lagrange's polynomial through nodes around the singularity where close to it.

    A singularity is a value of the argument where the function is smooth but its formula is 0 / 0. Both
    arguments broadcast with what the function returns.
    """
    steps_away = (at - singularity) / NODE_DISTANCE
    near = np.abs(steps_away) < 1
    if not np.any(near):
        return function(at)
    value: Floats = 0.0
    for i, step in enumerate(NODE_STEPS):
        others = np.delete(NODE_STEPS, i)
        weight = np.prod([(steps_away - other) / (step - other) for other in others], axis=0)
        value = value + weight * function(singularity + step * NODE_DISTANCE)
    with np.errstate(invalid="ignore"):
        return value if np.all(near) else np.where(near, value, function(at))
