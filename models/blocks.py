"""Large arrays taken in blocks that stay in the processor's cache, by as many threads as there are cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from models.elementwise import Floats

BLOCK = 32_768
SUMMED_BLOCK = 8192
# Below it a thread costs more than it saves: with shorter turns of Python's lock as well as with fewer.
LEAST_BLOCKS_A_THREAD = 4


def blockwise(function: Callable[..., Floats], *arguments: Floats) -> Floats:
    """Return function(*arguments) of an elementwise function, block by block where an array is large.

    A formula of a dozen steps makes a dozen temporary arrays; in the cache they cost half the time. The
    result does not depend on the number of threads.
    """
    if not any(isinstance(argument, np.ndarray) and argument.size > BLOCK for argument in arguments):
        return function(*arguments)
    columns = np.broadcast_arrays(*arguments)
    result = np.empty(columns[0].shape)
    flat, flat_result = [column.reshape(-1) for column in columns], result.reshape(-1)

    def fill(block: slice) -> None:
        flat_result[block] = function(*(column[block] for column in flat))

    each_block(fill, flat_result.size)
    return result


def total(function: Callable[[slice], NDArray[np.float64]], size: int) -> NDArray[np.float64]:
    """Return the sum of function(block) over short blocks of that many rows.

    They are short enough for dot products in which BLAS starts no threads of its own: where the cores are
    busy, waiting for those costs many times what they save.
    """
    starts = range(0, size, SUMMED_BLOCK)
    result: NDArray[np.float64] = np.sum([function(slice(i, i + SUMMED_BLOCK)) for i in starts], axis=0)
    return result


def each_block(function: Callable[[slice], Floats], size: int) -> list[Floats]:
    """Return function(block) for the blocks of that many rows, in their order."""
    blocks = [slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]
    threads = min(len(os.sched_getaffinity(0)), len(blocks) // LEAST_BLOCKS_A_THREAD)
    if threads < 2:
        return [function(block) for block in blocks]
    share = -(-len(blocks) // threads)
    shares = [blocks[start : start + share] for start in range(0, len(blocks), share)]

    def work(share: list[slice]) -> list[Floats]:
        return [function(block) for block in share]

    with ThreadPoolExecutor(len(shares) - 1) as others:
        pending = [others.submit(work, share) for share in shares[1:]]
        done = [work(shares[0]), *(future.result() for future in pending)]
    return [result for results in done for result in results]
