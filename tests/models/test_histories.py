import numpy as np
import pytest

from models.histories import Histories


def test_equal_rows_are_held_once_with_their_weights_added():
    rows = Histories.of([2, 0, 2, 0, 2], [5, 0, 5, 0, 4], [9, 7, 9, 8, 9], [1, 2, 3, 4, 5])
    held = {tuple(row) for row in zip(rows.x, rows.t_x, rows.T, rows.weights, strict=True)}
    assert held == {(2, 5, 9, 4), (0, 0, 7, 2), (0, 0, 8, 4), (2, 4, 9, 5)}
    assert rows.counts.tolist() == [0, 2]
    assert rows.counts[rows.count_of_row].tolist() == rows.x.tolist()
    assert rows.count_weights.tolist() == [6, 9]
    assert (rows.customers, rows.repeat_customers) == (15, 9)
    assert rows.mean_age == pytest.approx((4 * 9 + 2 * 7 + 4 * 8 + 5 * 9) / 15)


def test_weights_of_one_are_customers():
    assert Histories.of([1, 1], [2, 2], [3, 3]).weights.tolist() == [2]


def test_a_history_that_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match=r"x must be whole: it counts repeat orders; got 1.5 at \[1\]"):
        Histories.of([1, 1.5], [1, 1], [2, 2])
    with pytest.raises(ValueError, match="weights must be finite and at least 0"):
        Histories.of([1], [1], [2], [-1])
    for nobody in ([], [0.0]):
        columns = np.ones_like(nobody)
        with pytest.raises(ValueError, match="no customers to fit"):
            Histories.of(columns, columns, columns, nobody)
