from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.instant import DAY_US, to_us
from operators.zone import Zone

NAMES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Asia/Kathmandu",
]


@pytest.mark.parametrize("name", NAMES)
@given(at=st.datetimes(datetime(1902, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_day_is_the_local_date(name, at):
    local = at.astimezone(ZoneInfo(name)).date()
    assert Zone(name).day(to_us(at)) == local.toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def test_a_day_begins_at_local_midnight_whatever_its_length():
    berlin = Zone("Europe/Berlin")
    midnight_us = to_us(datetime(2026, 3, 28, 23, tzinfo=UTC))  # of the day on which clocks go forward
    day = berlin.day(midnight_us)
    assert [berlin.day(midnight_us - 1), berlin.day(midnight_us + 23 * 3_600_000_000)] == [day - 1, day + 1]


@pytest.mark.parametrize("name", NAMES)
def test_the_ends_of_the_calendar_have_a_day(name):
    zone = Zone(name)
    first_us, last_us = to_us(datetime(1, 1, 1, tzinfo=UTC)), to_us(datetime(9999, 12, 31, 23, tzinfo=UTC))
    for instant_us in (first_us, last_us):
        assert abs(zone.day(instant_us) - instant_us // DAY_US) <= 1
    assert zone.day(last_us + timedelta(days=90) // timedelta(microseconds=1)) > zone.day(last_us)
