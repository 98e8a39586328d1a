import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models import lomax

POSITIVE = st.floats(1e-2, 1e3)


@given(wait=POSITIVE, shape=POSITIVE, scale=POSITIVE)
def test_the_hazard_is_that_of_scipys_lomax(wait, shape, scale):
    expected = -stats.lomax(shape, scale=scale).logsf(wait)
    assert lomax.cumulative_hazard(wait, shape, scale) == pytest.approx(expected, rel=1e-9)


@given(wait=POSITIVE, shape=POSITIVE, scale=POSITIVE)
def test_the_wait_is_the_inverse_of_the_hazard(wait, shape, scale):
    hazard = lomax.cumulative_hazard(wait, shape, scale)
    assert lomax.wait_for(hazard, shape, scale) == pytest.approx(wait, rel=1e-9)
