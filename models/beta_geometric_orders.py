"""The expected number of orders of a customer who is alive, under BG/NBD and MBG/NBD."""

import numpy as np
from scipy import special

from models.elementwise import Floats
from models.singularity import NODE_DISTANCE, across


def expected_orders(a: float, c: Floats, shape: Floats, z: Floats) -> Floats:
    """Return E[orders within the horizon | alive], where z = horizon / (α + T + horizon).

    c = a + b − 1 + occasions to leave so far, shape = r + x. This is the second factor of equation (10) of
    Fader, Hardie & Lee (2005) after Euler's transformation 2F1(A, B; C; z) = (1 − z)^(C−A−B)
    2F1(C−A, C−B; C; z), which leaves x, however large, where it cannot overflow.

    It is 0 / 0 at a = 1, and at c = 0: BG/NBD with a + b = 1 before the first repeat order. And scipy's 2F1
    loses its digits where C − A − B is whole and z close to 1. The error stays below 1e-9 of the value, or
    1e-11.
    """
    whole = shape - np.round(shape - a)
    singularity = 1.0 if abs(a - 1) < NODE_DISTANCE else whole
    return across(singularity, a, lambda a: across(0.0, c, lambda c: _closed_form(a, c, shape, z)))


def _closed_form(a: Floats, c: Floats, shape: Floats, z: Floats) -> Floats:
    return c / (a - 1) * (1 - (1 - z) ** (a - 1) * special.hyp2f1(a - 1, c - shape, c, z))
