import numpy as np
import pytest

from models.blocks import BLOCK, blockwise


@pytest.mark.parametrize(
    "shape", [(), (3,), (BLOCK,), (BLOCK + 1,), (3 * BLOCK,), (5, BLOCK), (BLOCK + 1, 2)]
)
def test_blocks_give_what_the_whole_gives(shape):
    values = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    result = blockwise(lambda a, b: a * 2 + b, values, 0.5)
    assert result.shape == shape
    assert np.array_equal(result, values * 2 + 0.5)


def test_arguments_of_unequal_shape_broadcast():
    column, row = np.arange(2 * BLOCK, dtype=float)[:, None], np.array([1.0, 10.0])
    assert np.array_equal(blockwise(np.multiply, column, row), column * row)


def test_floats_and_small_arrays_are_passed_on_as_they_are():
    seen = []
    blockwise(lambda *arguments: seen.extend(arguments), 1.0, small := np.ones(3))
    assert seen[0] == 1.0
    assert seen[1] is small
