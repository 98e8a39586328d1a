import pytest
from msgspec.structs import replace

from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customers import CustomerShard
from operators.instant import DAY_US
from operators.order import WAY, CustomerChange, OrderChange
from operators.purchases import Purchase, Purchases, line_of
from operators.reject import Reject
from operators.rfm import RECENT_ORDERS_MAX
from operators.row import Row
from tests.purchase_lines import PurchaseLines

RECORD = Record("orders:0", 0, None, None)
AWAY = f"7{WAY}1guest"


def ordered(order_id, version, day=0, cents=100, counted=True, **changes):
    return OrderChange("c", order_id, version, day * DAY_US, cents, counted, RECORD, **changes)


def forgotten(order_id, version, day=0):
    return ordered(order_id, version, day, cents=0, counted=False, is_forgotten=True)


def erased(version):
    return CustomerChange("c", version, None, True, RECORD)


class Site:
    """One group, the table that it tells, and what it has told."""

    def __init__(self, lifecycle, day=None):
        self.shard = CustomerShard(lifecycle, 8, None)
        self.group, self.table, self.rejects = self.shard.add_group(), PurchaseLines(), []
        self.row, self.last = None, None
        if day is not None:
            self.reach(day)

    def reach(self, day):
        list(self.shard.on_progress([Progress("beat:0", 1, Heartbeat(day * DAY_US, {}))]))

    def change(self, *changes):
        """Take changes in at once; return what is told of the history."""
        self.last = self.row = None
        for output in self.group.on_changes(list(changes)):
            match output:
                case Purchases():
                    self.table.take(output)
                    self.last = output
                case Row():
                    self.row = output
                case Reject():
                    self.rejects.append(output)
        return self.last

    @property
    def lines(self):
        return self.table.by_customer().get("c", [])


@pytest.fixture
def site(lifecycle):
    return Site(lifecycle)


def line(order_id, day=0, cents=100, is_order=True):
    return Purchase(order_id, day * DAY_US, cents, is_order)


def test_only_the_lines_that_changes_touch_are_told(site):
    site.change(ordered("1", 1), ordered("2", 2))
    told = site.change(ordered("2", 3, day=5, cents=70))
    assert told == Purchases("c", [line("2", 5, 70)], [], False, None)


def test_an_order_that_counts_no_more_is_gone(site):
    site.change(ordered("1", 1), ordered("2", 2))
    assert site.change(ordered("1", 3, cents=0, counted=False)) == Purchases("c", [], ["1"], False, None)
    assert site.row.order_count == 1


def test_a_change_that_comes_again_or_too_late_writes_the_line_again(site):
    told = site.change(ordered("1", 5))
    assert site.change(ordered("1", 5)) == site.change(ordered("1", 4, cents=9)) == told


def test_a_refund_among_the_orders_has_a_line_and_is_no_order(site):
    site.change(ordered("1", 1, cents=500), ordered("2", 2, day=1, cents=-200, counted=False))
    assert site.lines == [("1", 0, 500, True), ("2", DAY_US, -200, False)]
    assert (site.row.order_count, site.row.cents) == (1, 300)


def test_who_has_only_refunds_has_lines_and_no_row(site):
    site.change(ordered("1", 1, cents=-200, counted=False))
    assert (site.lines, site.row) == ([("1", 0, -200, False)], None)


def test_when_an_order_is_forgotten_the_whole_history_is_told(site):
    """A crashed run may have brought orders here of which this one knows nothing but that one has left."""
    site.table.take(Purchases("c", [line("of a crashed run")], [], False, None))
    site.change(ordered("1", 1), ordered("2", 2))
    assert len(site.lines) == 3
    assert site.change(forgotten("2", 3)) == Purchases("c", [line("1")], ["2"], True, None)
    assert site.lines == [("1", 0, 100, True)]


def test_an_order_that_comes_by_two_ways_has_two_lines_until_one_is_forgotten(site):
    site.change(ordered("7", 1), ordered(AWAY, 2))
    assert site.lines == [("7", 0, 100, True)] * 2
    assert site.row.order_count == 2
    site.change(forgotten("7", 3))
    assert site.lines == [("7", 0, 100, True)]
    site.change(ordered("7", 4), forgotten(AWAY, 4))
    assert [purchase.line for purchase in site.last.lines] == ["7"]
    assert site.lines == [("7", 0, 100, True)]


def test_a_line_does_not_say_from_whom_its_order_came(site):
    told = site.change(ordered(AWAY, 1))
    assert [purchase.order_id for purchase in told.lines] == ["7"]
    assert "guest" not in repr(told)


def test_different_ways_are_different_lines():
    ways = ["7", AWAY, f"7{WAY}1guest2", f"{AWAY}{WAY}2account", "8", f"8{WAY}1guest"]
    assert len({line_of(way) for way in ways}) == len(ways)


def test_an_erasure_leaves_nothing(site):
    site.table.take(Purchases("c", [line("of a crashed run")], [], False, None))
    site.change(ordered("1", 1))
    assert site.change(erased(5)) == Purchases("c", [], [], True, None)
    assert site.lines == []


def test_an_erasure_that_comes_late_leaves_the_orders_of_who_has_the_id_by_now(site):
    site.change(ordered("old", 1), ordered("new", 9))
    site.change(erased(5))
    assert site.lines == [("new", 0, 100, True)]


def test_whoever_comes_back_under_the_id_in_the_same_batch_has_only_new_lines(site):
    site.change(ordered("old", 1))
    site.change(ordered("old", 2), erased(5), ordered("new", 6))
    assert site.lines == [("new", 0, 100, True)]


def buyer(lifecycle, day=None):
    """The site of a great buyer, whose orders fall on days 0 … 69."""
    site = Site(lifecycle, day)
    site.change(*(ordered(f"{at:02}", at + 1, day=at) for at in range(RECENT_ORDERS_MAX + 6)))
    return site


def test_folded_orders_keep_their_lines(lifecycle):
    site = buyer(lifecycle)
    site.reach(410)  # days 0 … 9 are settled
    site.change(ordered("next", 100, day=409))
    assert len(site.lines) == RECENT_ORDERS_MAX + 7
    site.change(forgotten("69", 101, day=69))  # the whole history is told, as far as it is remembered
    assert site.last.folded_until_us == 10 * DAY_US
    assert [name for name, *_ in site.lines[:11]] == [f"{at:02}" for at in range(11)]
    assert len(site.lines) == RECENT_ORDERS_MAX + 6 == site.row.order_count


def test_orders_that_are_folded_tell_their_lines_for_the_last_time(lifecycle):
    """A crashed run may have read a change of one, which is now read after it was folded."""
    site = buyer(lifecycle)
    site.table.take(Purchases("c", [line("03", 3, cents=70)], [], False, None))
    site.reach(410)
    site.change(ordered("03", 100, day=3, cents=70))
    assert len(site.rejects) == 1
    assert site.lines[3] == ("03", 3 * DAY_US, 100, True)
    assert sum(cents for _, _, cents, _ in site.lines) == site.row.cents
    assert site.change(ordered("next", 101, day=409)).lines == [line("next", 409)]


def test_an_erasure_tells_nothing_of_orders_folded_in_the_same_batch(lifecycle):
    site = buyer(lifecycle)
    site.reach(410)
    assert site.change(erased(1000)) == Purchases("c", [], [], True, None)
    assert site.lines == []


def test_what_is_no_order_yet_has_no_line(site):
    site.change(replace(ordered("cart", 1, cents=0, counted=False), placed_at_us=None))
    assert site.lines == []
