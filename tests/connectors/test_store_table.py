from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import rfm_table
from connectors.postgres_sink import PostgresSink
from operators.row import StreamTime
from operators.store import StoreWindows
from operators.windows import DAY_COLUMNS
from tests.connectors.tables import RULES, each_way
from tests.e2e.store import COHORTS, DAYS
from tests.operators.store_oracle import StoreTable

pytestmark = pytest.mark.stack

WIDTH = len(DAY_COLUMNS)
ONE, OTHER, NONE = list(range(1, WIDTH + 1)), list(range(11, WIDTH + 11)), [0] * WIDTH
APRIL, MAY = 90, 120


@pytest.fixture
def rules():
    return RULES


@pytest.fixture
def lines(database):
    """{day: sums} and {(cohort, month): counts}, as `StoreTable` has them."""

    def found():
        days = {
            number(day): [orders, int(revenue * 100), int(refunds * 100), *rest]
            for day, orders, revenue, refunds, *rest in database.execute(DAYS)
        }
        return days, {
            (number(cohort), number(month)): counts for cohort, month, *counts in database.execute(COHORTS)
        }

    return found


def number(day):
    return (day - date(1970, 1, 1)).days


def told(days, cohorts=None, is_whole=False):
    return StoreWindows(days, cohorts or {}, is_whole)


def test_a_line_is_exact(part, database):
    sums = [1, -(2**64) - 1, 10**20, *range(2, 11)]
    part.write_batch([told({20_454: sums})])
    [found] = database.execute(DAYS).fetchall()
    assert found == (
        *(date(1970, 1, 1) + timedelta(days=20_454), 1),
        *(Decimal("-184467440737095516.17"), Decimal("1000000000000000000.00"), *range(2, 11)),
    )


@each_way
def test_the_last_that_is_told_of_a_day_stands_and_an_empty_day_has_no_line(part, lines, batches):
    first = told({1: ONE, 2: ONE, 4: ONE}, {(APRIL, APRIL): [4, 1], (APRIL, MAY): [3, 3]})
    for batch in batches([first, told({1: OTHER, 2: NONE}, {(APRIL, APRIL): [5, 0], (APRIL, MAY): [0, 0]})]):
        part.write_batch(batch)
    assert lines() == ({1: OTHER, 4: ONE}, {(APRIL, APRIL): [5, 0]})


@each_way
def test_where_all_is_told_nothing_else_stands(part, lines, batches):
    known = told({1: ONE, 2: ONE}, {(APRIL, MAY): [3, 3]})
    for batch in batches([known, told({2: OTHER, 3: NONE}, {(MAY, MAY): [1, 1]}, is_whole=True)]):
        part.write_batch(batch)
    assert lines() == ({2: OTHER}, {(MAY, MAY): [1, 1]})


def test_an_earlier_start_of_the_flow_overwrites_and_deletes_nothing(part, dsn, lines):
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    known = {1: ONE, 2: ONE}, {(APRIL, APRIL): [1, 1], (APRIL, MAY): [1, 1]}
    later.write_batch([told(*known)])
    later.close()
    changed = told({1: OTHER, 2: NONE}, {(APRIL, APRIL): [2, 2], (APRIL, MAY): [0, 0]})
    for late in (changed, told({}, is_whole=True)):
        part.write_batch([late])
    assert lines() == known


def test_starting_over_forgets_the_windows(part, lines, database):
    part.write_batch([told({1: ONE}, {(APRIL, MAY): [1, 1]})])
    rfm_table.start_over(database)
    assert lines() == ({}, {})


def test_a_day_that_cannot_be_held_is_set_aside_and_all_others_are_written(part, lines, database):
    bad = told({5: [2**63, *ONE[1:]]})
    for _ in range(2):
        part.write_batch([told({1: ONE}), bad, told({2: ONE}), StreamTime(9, 0)])
    assert lines() == ({1: ONE, 2: ONE}, {})
    [(row,)] = database.execute("SELECT row FROM rejected_rows").fetchall()
    assert list(row["days"]) == ["5"]


days = st.dictionaries(st.integers(-1, 3), st.sampled_from([ONE, OTHER, NONE]), max_size=3)
months = st.tuples(st.sampled_from([APRIL, MAY]), st.sampled_from([APRIL, MAY]))
cohorts = st.dictionaries(months, st.sampled_from([[2, 1], [1, 1], [0, 0]]), max_size=3)
items = st.builds(StoreWindows, days, cohorts, st.booleans())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(items, max_size=10), cuts=st.sets(st.integers(0, 10)))
def test_however_the_windows_are_cut_into_batches_the_lines_are_the_same(part, database, lines, said, cuts):
    database.execute("TRUNCATE store_windows, store_cohorts")
    expected = StoreTable()
    for one in said:
        expected.take(one)
    bounds = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    for start, end in pairwise(bounds):
        part.write_batch(said[start:end])
    assert lines() == (expected.lines, expected.cohorts)
