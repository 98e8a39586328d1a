"""Elementary functions for one float or an array alike, with overflow as infinity.

A streaming caller asks for one customer at a time, where numpy's cost per call is ten times the arithmetic's.
"""

import math
from typing import Any, TypeAlias

import numpy as np

# As with numpy's ufuncs: a float for floats, an array of float64 where any argument is an array.
Floats: TypeAlias = Any

LARGEST_EXPONENT = 709.0
CAP = 600.0


def log(value: Floats) -> Floats:
    """Return the natural logarithm of numbers not below zero; that of zero is −infinity."""
    if isinstance(value, float):
        return -math.inf if value == 0 else math.log(value)
    with np.errstate(divide="ignore"):
        return np.log(value)


def log1p(value: Floats) -> Floats:
    """Return ln(1 + value), exact near zero."""
    return math.log1p(value) if isinstance(value, float) else np.log1p(value)


def expm1(value: Floats) -> Floats:
    """Return exp(value) − 1, exact near zero."""
    if isinstance(value, float):
        return math.expm1(value) if value <= LARGEST_EXPONENT else math.inf
    with np.errstate(over="ignore"):
        return np.expm1(value)


def capped_exp(value: Floats) -> Floats:
    """Return exp(value), or exp(600) where that is less: vast, and finite also as a factor."""
    return math.exp(min(value, CAP)) if isinstance(value, float) else np.exp(np.minimum(value, CAP))


def expit(value: Floats) -> Floats:
    """Return 1 / (1 + exp(−value)): the probability whose log-odds are given."""
    if isinstance(value, float):
        return 1 / (1 + math.exp(-value)) if value >= -LARGEST_EXPONENT else 0.0
    with np.errstate(over="ignore"):
        odds_against = np.exp(-value)
    odds_against += 1
    return np.reciprocal(odds_against)


def log1p_exp(value: Floats) -> Floats:
    """Return ln(1 + exp(value)): −ln of the probability whose log-odds are −value."""
    return np.log1p(np.exp(-np.abs(value))) + np.maximum(value, 0)


def floor_at_zero(value: Floats) -> Floats:
    """Return the number, or zero where it is negative."""
    return max(value, 0.0) if isinstance(value, float) else np.maximum(value, 0.0)
