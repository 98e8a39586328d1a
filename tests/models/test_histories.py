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


@pytest.mark.parametrize(("unit", "least"), [(1, 0), (1 / 7, 0), (1, 2.0**45)])
def test_whole_broken_and_vast_ages_are_gathered_alike(unit, least):
    generator = np.random.default_rng(4)
    x = generator.integers(0, 3, 500).astype(float)
    t_x = np.where(x > 0, least + generator.integers(1, 5, 500) * unit, 0)
    age = t_x + generator.integers(0, 4, 500) * unit
    rows = Histories.of(x, t_x, age)
    expected, customers = np.unique(np.stack([x, age, t_x]), axis=1, return_counts=True)
    assert np.array_equal(np.stack([rows.x, rows.T, rows.t_x]), expected)
    assert np.array_equal(rows.weights, customers)
    assert np.array_equal(rows.counts[rows.count_of_row], rows.x)


def test_a_sample_of_rows_keeps_their_weights_and_all_counts():
    rows = Histories.of([0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [5, 6, 7, 8, 9], [1, 2, 3, 4, 5])
    sample = rows.every(2)
    assert list(zip(sample.x, sample.T, sample.weights, strict=True)) == [(0, 6, 2), (1, 8, 4)]
    assert sample.counts.tolist() == [0, 1, 2]
    assert sample.count_weights.tolist() == [2, 4, 0]
    assert (sample.customers, sample.repeat_customers) == (6, 4)
