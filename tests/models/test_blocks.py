import os
import threading

import numpy as np
import pytest

from models.blocks import BLOCK, blockwise, total


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


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
def test_the_number_of_threads_changes_nothing_and_none_stays(cores, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    values, threads = np.random.default_rng(2).random(20 * BLOCK + 7), set()

    def square_root(block):
        threads.add(threading.get_ident())
        return np.sqrt(block)

    assert np.array_equal(blockwise(square_root, values), np.sqrt(values))
    assert (len(threads) > 1) == (cores > 1)
    assert threading.active_count() == 1
    sums = total(lambda block: np.array([values[block].sum(), 1.0]), values.size)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert np.array_equal(sums, total(lambda block: np.array([values[block].sum(), 1.0]), values.size))
    assert sums[0] == pytest.approx(values.sum(), rel=1e-12)


def test_an_error_in_another_thread_is_raised(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    def refuse_the_last(block):
        if block[-1] == -1:
            msg = "the last one"
            raise ValueError(msg)
        return block

    values = np.zeros(8 * BLOCK)
    values[-1] = -1
    with pytest.raises(ValueError, match="the last one"):
        blockwise(refuse_the_last, values)
