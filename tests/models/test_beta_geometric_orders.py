import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.beta_geometric_orders import expected_orders


def exact(a, c, shape, z):
    """The unconditional 2F1 of the paper with 60 digits, nudged off its poles by 1e-30."""
    with mpmath.workdps(60):
        a, c, shape, z = (mpmath.mpf(float(v)) for v in (a, c, shape, z))
        a, c = (v + mpmath.mpf(10) ** -30 for v in (a, c))
        return c / (a - 1) * (1 - (1 - z) ** shape * mpmath.hyp2f1(shape, c - a + 1, c, z))


@settings(deadline=None, max_examples=100)
@given(
    a=st.floats(0.05, 4),
    b=st.floats(0.05, 5),
    r=st.floats(0.05, 5),
    n=st.sampled_from([1, 2, 5, 30, 400]),
    z=st.floats(1e-3, 0.9999),
)
@example(a=1.0, b=1.0, r=0.5, n=1, z=0.5)
@example(a=1.0001, b=2.0, r=0.3, n=5001, z=0.01)
@example(a=0.9999, b=0.5, r=0.3, n=3, z=0.999)
@example(a=0.5, b=1.8, r=0.5, n=101, z=0.99)  # scipy's 2F1 is infinite: r − a is whole
@example(a=2.5, b=3.0, r=1.5 + 1e-12, n=2, z=0.9999)  # scipy's 2F1 is wrong in the fourth digit
@example(a=0.6, b=1.2, r=0.7, n=5000, z=0.3)
def test_expected_orders_agree_with_60_digits(a, b, r, n, z):
    c, shape = a + b - 1 + n, r + n - 1
    assert expected_orders(a, c, shape, z) == pytest.approx(float(exact(a, c, shape, z)), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("c", [0.0, 1e-12, -1e-3, 0.004, -0.3])
def test_the_pole_before_the_first_repeat_order_is_crossed(c):
    assert expected_orders(0.4, c, 0.7, 0.6) == pytest.approx(float(exact(0.4, c, 0.7, 0.6)), rel=1e-9)
