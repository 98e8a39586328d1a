import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import elementwise

ANY = st.floats(-1e6, 1e6)
FUNCTIONS = [
    (elementwise.log, st.floats(0, 1e300)),
    (elementwise.log1p, st.floats(-0.999, 1e300)),
    (elementwise.expm1, ANY),
    (elementwise.capped_exp, ANY),
    (elementwise.expit, ANY),
    (elementwise.floor_at_zero, ANY),
]


@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS, ids=lambda f: getattr(f, "__name__", ""))
@given(data=st.data())
def test_a_float_gives_the_float_that_an_array_gives(function, arguments, data):
    value = data.draw(arguments)
    alone = function(value)
    assert type(alone) is float
    assert alone == pytest.approx(function(np.array([value]))[0], rel=1e-14, abs=1e-300)


def test_overflow_is_infinity_and_raises_nothing():
    with np.errstate(all="raise"):
        assert elementwise.expm1(1e4) == elementwise.expm1(np.array([1e4]))[0] == math.inf
        assert elementwise.log(0.0) == elementwise.log(np.array([0.0]))[0] == -math.inf
    assert elementwise.expit(-1e4) == 0.0
    assert math.isnan(elementwise.log(math.nan))


@pytest.mark.parametrize("kind", [float, np.array])
def test_the_capped_exponential_is_exact_up_to_the_cap_and_then_a_finite_factor(kind):
    assert elementwise.capped_exp(kind(599.0)) == pytest.approx(math.exp(599), rel=1e-12)
    assert 1e200 < elementwise.capped_exp(kind(1e9)) * 1e40 < math.inf
