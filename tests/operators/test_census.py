import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from operators import census, rfm
from operators.instant import DAY_US
from operators.rfm import Customer, Order, Rfm

AT_US = 20_010 * DAY_US
DAYS = st.lists(st.integers(19_000, 20_100), max_size=6)


def customer_with(days):
    return Customer({str(i): Order(1, day * DAY_US + 7, 100, counted=True) for i, day in enumerate(days)})


@given(st.lists(DAYS, min_size=1, max_size=8))
def test_cells_hold_every_customer_as_they_stood_and_who_ordered_since(histories):
    cells = {}
    for days in histories:
        census.add(cells, customer_with(days), AT_US)
    for horizon in (0, *census.HORIZONS_DAYS):
        as_of = AT_US / DAY_US - horizon
        known = [(sorted(d for d in days if d < as_of), days) for days in histories]
        expected = [
            (len(past) - 1, past[0], past[-1] - past[0], any(as_of <= d < AT_US / DAY_US for d in days))
            for past, days in known
            if past
        ]
        found = census.cells_of(cells, horizon, AT_US)
        assert found.total == len(expected)
        assert found.ordered_total == (sum(row[3] for row in expected) if horizon else 0)
        assert float(found.customers @ found.x) == sum(row[0] for row in expected)
        for mean, sums in (
            (found.t_x, [row[2] for row in expected]),
            (found.T, [as_of - row[1] for row in expected]),
        ):
            assert np.isclose(float(found.customers @ mean), sum(sums), atol=1e-6 * (len(sums) + 1))


def test_customers_of_the_same_weeks_share_a_cell_and_others_do_not():
    cells = {}
    week = 20_000 // 7 * 7
    for first in (week, week + 3, week + 6, week + 7):
        census.add(cells, customer_with([first]), (week + 20) * DAY_US)
    found = census.cells_of(cells, 0, (week + 20) * DAY_US)
    assert found.customers.tolist() == [3, 1]
    assert np.allclose(found.T, [20 - 3, 20 - 7])


def test_orders_that_do_not_count_are_not_counted():
    customer = Customer({"1": Order(1, AT_US - DAY_US, -100, counted=False)})
    cells = {}
    census.add(cells, customer, AT_US)
    assert cells == {}


def test_folded_orders_count_like_remembered_ones():
    placed_us = [AT_US - days * DAY_US for days in (900, 800, 700, 20)]
    plain = Customer({str(i): Order(1, at, 100, counted=True) for i, at in enumerate(placed_us)})
    folded = Customer(
        {"3": plain.orders["3"]}, 1, Rfm(placed_us[0], placed_us[2], 3, 300, "2"), AT_US - rfm.SETTLE_US
    )
    cells, cells_of_folded = {}, {}
    census.add(cells, plain, AT_US)
    census.add(cells_of_folded, folded, AT_US)
    assert cells == cells_of_folded
    assert len(cells) == 3


def test_groups_counts_add_up():
    one, other, all_at_once = {}, {}, {}
    histories = [[19_900], [19_900, 19_990], [19_901]]
    for days in histories[:2]:
        census.add(one, customer_with(days), AT_US)
    census.add(other, customer_with(histories[2]), AT_US)
    for days in histories:
        census.add(all_at_once, customer_with(days), AT_US)
    census.merge(one, other)
    assert one == all_at_once


def test_nobody_is_an_empty_table():
    assert census.cells_of({}, 30, AT_US).total == 0


def test_censuses_lie_on_a_grid():
    month = census.CENSUS_US
    assert list(census.grid(0, 2 * month)) == [month, 2 * month]
    assert list(census.grid(month, 2 * month - 1)) == []
    assert list(census.grid(month - 1, month)) == [month]
