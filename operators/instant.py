"""Instants: whole microseconds since 1970-01-01 UTC, the resolution Postgres keeps."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000


def to_us(instant: datetime) -> int:
    """Return microseconds since 1970 UTC, exact."""
    return (instant - EPOCH) // MICROSECOND


def to_datetime(instant_us: int) -> datetime:
    """Return the UTC datetime at microseconds since 1970; the inverse of `to_us`."""
    return EPOCH + timedelta(microseconds=instant_us)


def to_text(instant_us: int) -> str:
    """Return the instant by RFC 3339."""
    return to_datetime(instant_us).isoformat().replace("+00:00", "Z")
