from hypothesis import given
from hypothesis import strategies as st

from operators.instant import to_datetime, to_us


@given(st.integers(-62135596800_000_000, 253402300799_999_999))
def test_instants_come_back_to_the_microsecond(instant_us):
    assert to_us(to_datetime(instant_us)) == instant_us
