"""The shop's days and months: local dates."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from operators.instant import DAY_US, EPOCH, MICROSECOND

# No offset can lead beyond the calendar from here.
FIRST_US = (datetime(2, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST_US = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND


class Zone:
    """A time zone by its name, as Europe/Berlin is."""

    def __init__(self, name: str) -> None:
        self._zone = ZoneInfo(name)
        self._steady_offset_us = lru_cache(maxsize=16_384)(self._offset_us_throughout)

    def day(self, instant_us: int) -> int:
        """Return the local date of an instant, in days since 1970-01-01."""
        offset_us = self._steady_offset_us(instant_us // DAY_US)
        if offset_us is None:
            offset_us = self._offset_us(instant_us)
        return (instant_us + offset_us) // DAY_US

    def month(self, instant_us: int) -> int:
        """Return the first day of the local month of an instant, in days since 1970-01-01."""
        return _first_of_month(self.day(instant_us))

    def _offset_us_throughout(self, utc_day: int) -> int | None:
        """Return the offset of all of a UTC day, None where clocks are changed within it."""
        before_us, after_us = (self._offset_us(day * DAY_US) for day in (utc_day, utc_day + 1))
        return before_us if before_us == after_us else None

    def _offset_us(self, instant_us: int) -> int:
        at = EPOCH + timedelta(microseconds=min(max(instant_us, FIRST_US), LAST_US))
        offset = at.astimezone(self._zone).utcoffset()
        assert offset is not None, "of an instant that knows its zone"  # noqa: S101
        return offset // MICROSECOND


@lru_cache(maxsize=16_384)
def _first_of_month(day: int) -> int:
    within = min(max(day, FIRST_US // DAY_US), LAST_US // DAY_US)
    return within - (EPOCH.date() + timedelta(days=within)).day + 1
