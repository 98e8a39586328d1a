from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import rfm_table
from connectors.postgres_sink import PostgresSink
from operators.erasure import Erasure
from operators.instant import to_us
from operators.purchases import Purchase, Purchases
from operators.row import Row, StreamTime
from tests.connectors.tables import RULES, each_way
from tests.purchase_lines import PurchaseLines

pytestmark = pytest.mark.stack


@pytest.fixture
def rules():
    return RULES


@pytest.fixture
def lines(database):
    """[(order, placed_at_us, cents, is an order)] by customer, as `PurchaseLines` has it."""

    def found():
        known = {}
        for customer_id, order_id, placed_at, value, is_order in database.execute(
            "SELECT customer_id, order_id, placed_at, value, is_order FROM purchases"
        ):
            line = (order_id, to_us(placed_at), int(value * 100), is_order)
            known.setdefault(customer_id, []).append(line)
        return {customer_id: sorted(own) for customer_id, own in known.items()}

    return found


def bought(order_id, placed_at_us=5, cents=100, is_order=True):
    return Purchase(order_id, placed_at_us, cents, is_order)


def told(*lines, gone=(), customer_id="c"):
    return Purchases(customer_id, list(lines), list(gone), False, None)


def whole(*lines, until_us=None, customer_id="c", gone=()):
    return Purchases(customer_id, list(lines), list(gone), True, until_us)


def test_a_line_is_exact(part, database):
    part.write_batch([told(Purchase("7\x1fab", 1_767_268_800_000_001, -(2**62) - 1, False))])
    [found] = database.execute(
        "SELECT customer_id, line, order_id, placed_at, value, is_order FROM purchases"
    ).fetchall()
    placed_at = datetime(2026, 1, 1, 12, 0, 0, 1, UTC)
    assert found == ("c", "7\x1fab", "7", placed_at, Decimal("-46116860184273879.05"), False)


@each_way
def test_the_last_that_is_told_of_a_line_stands(part, lines, batches):
    for batch in batches([told(bought("1"), bought("2")), told(bought("1", 9, 70, is_order=False))]):
        part.write_batch(batch)
    assert lines() == {"c": [("1", 9, 70, False), ("2", 5, 100, True)]}


@each_way
def test_a_line_that_is_gone_is_deleted_and_may_come_back(part, lines, batches):
    for batch in batches(
        [
            told(bought("1"), bought("2"), bought("3")),
            told(bought("1"), customer_id="other"),
            told(gone=["1", "2", "unknown"]),
            told(bought("2", cents=9)),
        ]
    ):
        part.write_batch(batch)
    assert lines() == {"c": [("2", 5, 9, True), ("3", 5, 100, True)], "other": [("1", 5, 100, True)]}


@each_way
def test_of_a_whole_history_nothing_else_stands(part, lines, batches):
    for batch in batches(
        [told(bought("1"), bought("2")), told(bought("1"), customer_id="other"), whole(bought("3"))]
    ):
        part.write_batch(batch)
    assert lines() == {"c": [("3", 5, 100, True)], "other": [("1", 5, 100, True)]}


@each_way
def test_of_a_whole_history_the_folded_lines_stay(part, lines, batches):
    for batch in batches(
        [told(bought("folded", 9), bought("recent", 10)), whole(bought("new", 11), until_us=10)]
    ):
        part.write_batch(batch)
    assert lines() == {"c": [("folded", 9, 100, True), ("new", 11, 100, True)]}


@each_way
def test_an_erased_customer_leaves_no_line(part, lines, batches):
    for batch in batches([told(bought("1")), told(bought("1"), customer_id="other"), whole()]):
        part.write_batch(batch)
    assert lines() == {"other": [("1", 5, 100, True)]}


def test_an_earlier_start_of_the_flow_overwrites_and_deletes_nothing(part, dsn, lines):
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    later.write_batch([told(bought("1"), bought("2"))])
    later.close()
    for late in (told(bought("1", 9, 9), bought("own")), told(gone=["2"]), whole(gone=["1"])):
        part.write_batch([late])
    assert lines() == {"c": [("1", 5, 100, True), ("2", 5, 100, True)]}


def test_a_later_start_of_the_flow_overwrites_and_deletes_what_an_earlier_one_wrote(part, dsn, lines):
    part.write_batch([told(*map(bought, "123")), told(*map(bought, "12"), customer_id="other")])
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    later.write_batch([told(bought("1", 9, 9), gone=["2"]), whole(bought("2"), customer_id="other")])
    later.close()
    assert lines() == {
        "c": [("1", 9, 9, True), ("3", 5, 100, True)],
        "other": [("2", 5, 100, True)],
    }


def test_a_line_that_comes_again_unchanged_is_the_later_start_s(part, dsn, lines):
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    for each in (part, later):
        each.write_batch([told(bought("1"))])
    later.close()
    part.write_batch([told(bought("1", 9, 9))])
    assert lines() == {"c": [("1", 5, 100, True)]}


def test_histories_stand_among_all_other_items(part, lines, database):
    row = Row("c", 5, 5, 1, 100, "EUR", "ACTIVE", 0, None, None, "m1", 1)
    part.write_batch([told(bought("1")), row, Erasure("ab", 1, 0), whole(customer_id="x"), StreamTime(9, 0)])
    assert lines() == {"c": [("1", 5, 100, True)]}
    for table in ("rfm", "erasures", "stream_time"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


def test_starting_over_forgets_the_histories(part, lines, database):
    part.write_batch([told(bought("1"))])
    rfm_table.start_over(database)
    assert lines() == {}


BAD = {
    "an instant beyond Postgres's range": {"placed_at_us": -211_000_000_000_000_000},
    "more than 64 bits": {"cents": 2**63},
    "text that Postgres cannot hold": {"order_id": "1\0"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_history_that_cannot_be_held_is_set_aside_and_all_others_written(part, lines, database, changes):
    bad = told(bought(**{"order_id": "1"} | changes), customer_id="bad")
    before = [told(bought("1"), bought("2")), told(bought("1"), customer_id="gone")]
    after = [whole(customer_id="gone"), told(gone=["2"]), told(bought("1"), customer_id="other")]
    for _ in range(2):  # a replay sets nothing aside twice
        part.write_batch([*before, bad, *after])
    assert lines() == {"c": [("1", 5, 100, True)], "other": [("1", 5, 100, True)]}
    found = database.execute("SELECT row ->> 'customer_id' FROM rejected_rows").fetchall()
    assert found == [("bad",)]


line_names = st.sampled_from(["1", "2", "3", "3\x1fab"])
# So few instants that many a line stands just before or at the instant until which orders are folded.
purchases = st.builds(Purchase, line_names, st.integers(0, 3), st.integers(-2, 2), st.booleans())


@st.composite
def histories(draw):
    lines = draw(st.lists(purchases, max_size=3, unique_by=lambda purchase: purchase.line))
    names = {purchase.line for purchase in lines}
    gone = draw(st.lists(line_names.filter(lambda line: line not in names), max_size=2))
    is_whole, until_us = draw(st.booleans()), draw(st.none() | st.integers(0, 3))
    return Purchases(draw(st.sampled_from("ab")), lines, gone, is_whole, until_us)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(histories(), max_size=10), cuts=st.sets(st.integers(0, 10)))
def test_however_the_histories_are_cut_into_batches_the_lines_are_the_same(part, database, lines, told, cuts):
    database.execute("TRUNCATE purchases")
    expected = PurchaseLines()
    for one in told:
        expected.take(one)
    bounds = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
    for start, end in pairwise(bounds):
        part.write_batch(told[start:end])
    assert lines() == expected.by_customer()
