import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.pareto_departure import p_leaves_first


def exact(shape, s, ratio):
    """The integral as a 2F1 of a positive argument, with 40 digits."""
    with mpmath.workdps(40):
        shape, s, ratio = (mpmath.mpf(v) for v in (shape, s, ratio))
        c = shape + s + 1
        if ratio <= 1:
            return float(s * ratio / (shape + s) * mpmath.hyp2f1(1, s + 1, c, 1 - ratio))
        return float(s / (shape + s) * mpmath.hyp2f1(1, shape, c, 1 - 1 / ratio))


@settings(deadline=None, max_examples=60)
@given(shape=st.floats(0.1, 50), s=st.floats(0.1, 5), ratio=st.floats(0.01, 100))
@example(shape=0.1, s=0.1, ratio=0.01)
@example(shape=0.1, s=0.1, ratio=100.0)
@example(shape=5000.6, s=0.6, ratio=0.2)
@example(shape=5000.6, s=0.6, ratio=50.0)
@example(shape=1.0, s=1.0, ratio=1.0)
def test_the_chance_of_leaving_first_is_its_integral(shape, s, ratio):
    assert p_leaves_first(shape, s, np.log(ratio)) == pytest.approx(exact(shape, s, ratio), rel=2e-10)
