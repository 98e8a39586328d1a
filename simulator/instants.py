"""Instants: whole microseconds since 1970-01-01 UTC, the resolution Postgres keeps."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

DAY_US = 86_400_000_000
NEVER_US = int(np.iinfo(np.int64).max)  # later than every instant, so `x < t` needs no second test

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_days(days: Floats) -> Integers:
    """Turn days since 1970 (shape (n,)) into instants, rounded down."""
    return np.floor(days * DAY_US).astype(np.int64)


def lag_us(days: Floats) -> Integers:
    """Turn lags in days (shape (n,)) into whole microseconds, at least one second."""
    return np.maximum(days * DAY_US, 1e6).astype(np.int64)


def from_datetime(moment: datetime) -> int:
    """Turn an aware datetime into an instant."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(at_us: int) -> datetime:
    """Turn an instant into an aware datetime."""
    return _EPOCH + timedelta(microseconds=at_us)


def to_text(at_us: Integers) -> list[str | None]:
    """Turn instants (shape (n,)) into the text Postgres reads; NEVER_US becomes None."""
    text = np.datetime_as_string(at_us.astype("datetime64[us]"), timezone="UTC").tolist()
    return [None if at == NEVER_US else written for at, written in zip(at_us.tolist(), text, strict=True)]
