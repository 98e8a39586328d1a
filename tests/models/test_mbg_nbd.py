import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import MBGNBD

MODEL = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)


@given(p=st.floats(0.01, 0.99), x=st.integers(0, 300), t_x=st.floats(0.01, 2_000))
def test_the_probability_of_being_alive_at_t_star_is_p(p, x, t_x):
    t_x = t_x if x else 0.0
    until = MODEL.alive_until(p, x, t_x)
    if until > t_x:
        assert MODEL.p_alive(x, t_x, until) == pytest.approx(p, abs=1e-12)
    else:
        assert MODEL.p_alive(x, t_x, t_x) <= p


def test_scalars_and_arrays_agree():
    x, t_x = np.array([0, 1, 7]), np.array([0.0, 30.0, 200.0])
    together = MODEL.alive_until(0.3, x, t_x)
    one_by_one = [MODEL.alive_until(0.3, int(n), float(t)) for n, t in zip(x, t_x, strict=True)]
    assert together == pytest.approx(one_by_one, rel=1e-14)
