"""Refusals of histories and parameters that mean nothing."""

from typing import Any

import numpy as np

from models.elementwise import Floats


def positive(name: str, value: Any) -> Floats:
    """Return the value as numbers; raise ValueError unless all are finite and above 0."""
    value = numbers(name, value)
    require((value > 0) & (value < np.inf), f"{name} must be finite and above 0", value)
    return value


def not_negative(name: str, value: Any) -> Floats:
    """Return the value as numbers; raise ValueError unless all are finite and at least 0."""
    value = numbers(name, value)
    if isinstance(value, float) or value.size == 0 or not (value.min() >= 0 and value.max() < np.inf):
        require((value >= 0) & (value < np.inf), f"{name} must be finite and at least 0", value)
    return value


def probability(name: str, value: Any) -> Floats:
    """Return the value as numbers; raise ValueError unless all lie strictly between 0 and 1."""
    value = numbers(name, value)
    require((value > 0) & (value < 1), f"{name} must lie strictly between 0 and 1", value)
    return value


def history(x: Any, t_x: Any) -> tuple[Floats, Floats]:
    """Return repeat orders x and age at the last one t_x as numbers; raise ValueError where impossible."""
    x, t_x = not_negative("x", x), not_negative("t_x", t_x)
    require((x > 0) | (t_x == 0), "t_x must be 0 where x is 0: the first order starts the clock", t_x)
    return x, t_x


def history_until(x: Any, t_x: Any, age: Any) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and the customer's age T as numbers; raise ValueError where impossible."""
    x, t_x = history(x, t_x)
    age = not_negative("T", age)
    require(age >= t_x, "T must not lie before the last order, t_x", age)
    return x, t_x, age


def numbers(name: str, value: Any) -> Floats:
    """Return a Python number as a float, anything else as an array of float64."""
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{name} must be a number or an array of numbers: {error}"
        raise ValueError(msg) from error


def require(good: Any, rule: str, value: Floats) -> None:
    """Raise ValueError with the rule and the first value that breaks it; NaN breaks every rule."""
    if good is True:
        return
    if not np.all(good):
        index = tuple(int(i) for i in np.argwhere(~np.asarray(good))[0])
        where = f" at {list(index)}" if index else ""
        msg = f"{rule}; got {np.broadcast_to(value, np.shape(good))[index]}{where}"
        raise ValueError(msg)
