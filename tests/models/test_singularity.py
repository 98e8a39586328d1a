import numpy as np
import pytest

from models.singularity import NODE_DISTANCE, across


def test_a_function_is_carried_across_its_singularity():
    at = np.array([-1e-3, 0.0, 1e-9, NODE_DISTANCE / 2])
    exact = np.array([np.expm1(v) / v if v else 1.0 for v in at])
    with np.errstate(all="raise"):
        assert across(0.0, at, lambda v: np.expm1(v) / v) == pytest.approx(exact, rel=1e-13)


def test_far_from_the_singularity_the_function_itself_is_taken():
    assert across(0.0, 2.0, lambda v: v**2) == 4.0
    mixed = across(0.0, np.array([0.0, 1.0]), lambda v: (np.exp(v) - 1) / np.where(v == 0, np.nan, v))
    assert mixed == pytest.approx([1.0, np.e - 1], rel=1e-12)
