"""The store's windows, kept up to date by changes, beside a count of all orders anew."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import MBGNBD
from operators import windows
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import WITH_WINDOWS, CustomerShard
from operators.instant import DAY_US
from operators.order import CustomerChange, OrderChange
from operators.policy import Policy
from operators.rfm import RECENT_ORDERS_MAX
from operators.risk import Risk
from operators.row import StreamTime
from operators.schedule import Schedule
from operators.store import Store, StoreWindows
from operators.windows import Added
from tests.operators import oracle, store_oracle
from tests.operators.store_oracle import COLUMNS, StoreTable

RECORD = Record("orders:0", 0, None, None)
ZONE = "America/New_York"
START = 20_000
OTHER = (0.4, 25.0, 0.9, 1.1)
GROUPS = 1  # so that nobody is judged later than others


class Site:
    """One group, the sums of what it adds, and the tables that these are told."""

    def __init__(self, table=None, snapshots=(), sums=None):
        model = MBGNBD(**dict(zip(("r", "alpha", "a", "b"), oracle.MODEL, strict=True)))
        rules = Risk(model, "first", threshold=0.5, quantile=0.9, lapse_days=90)
        self.shard = CustomerShard(Lifecycle(Schedule(rules), Policy("EUR"), ZONE), GROUPS, None)
        groups = [self.shard.restore(snapshot) for snapshot in snapshots]
        self.group = groups[0] if groups else self.shard.add_group()
        self.table, self.told, self.sums = table or StoreTable(), [], Store(sums)

    def change(self, *changes):
        self.take(self.group.on_changes(list(changes)))

    def reach(self, day):
        self.told = []
        self.take(self.shard.on_progress([Progress("beat:0", 1, Heartbeat(at(day), {}))]))

    def adopt(self, day):
        """Have another model be in force from a day on."""
        model = MBGNBD(**dict(zip(("r", "alpha", "a", "b"), OTHER, strict=True)))
        self.shard.lifecycle.schedule.adopt(model, "other", at(day))

    def take(self, outputs):
        for output in outputs:
            if isinstance(output, Added | StreamTime):
                for told in self.sums.take(output):
                    if isinstance(told, StoreWindows):
                        self.table.take(told)
                        self.told.append(told)

    def restarted(self):
        """Return the site after a crash at this moment: nothing else was told."""
        again = Site(self.table, [self.group.snapshot(), self.shard.snapshot()], self.sums.snapshot())
        for effective_us, risk in zip(
            self.shard.lifecycle.schedule._effective_us,
            self.shard.lifecycle.schedule._risks[1:],
            strict=True,
        ):
            again.shard.lifecycle.schedule.adopt(risk.model, risk.model_version, effective_us)
        return again


def at(day):
    """The instant so many days, with fractions, after the beginning."""
    return round((START + day) * DAY_US)


def ordered(customer_id, order_id, version, day, cents=100, counted=True):
    return OrderChange(customer_id, order_id, version, at(day), cents, counted, RECORD)


def sums(site, day):
    """What is not 0 of the day so many days after the beginning."""
    known = site.table.days().get(START + day, {})
    return {column: amount for column, amount in known.items() if amount}


def month(day):
    """The day on which the month begins, from 1970, of a day so many days after the beginning."""
    return store_oracle.month_of(at(day), ZONE)


def check(site, accounts, versions=oracle.FIRST):
    """The tables hold what a count anew finds."""
    assert site.table.days() == store_oracle.days(accounts, lambda _: versions, ZONE)
    assert site.table.cohorts == store_oracle.cohorts(accounts, ZONE)


@pytest.fixture
def site():
    return Site()


def test_nothing_is_told_before_time_has_moved(site):
    site.change(ordered("a", "1", 1, 0.5))
    assert site.table.lines == {}
    site.reach(0.6)
    assert sums(site, 0) == {"orders": 1, "cents": 100, "new": 1}
    assert site.table.cohorts == {(month(0), month(0)): [1, 1]}


def test_a_silence_tells_at_once_what_it_will_bring(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(1)
    lapses = [(day, column) for day in range(100) for column in sums(site, day) if day]
    risky_day = store_oracle.local_day(round(oracle.at_risk_at_us([at(0.5)])), ZONE) - START
    assert lapses == sorted([(30, "lapsed_30"), (60, "lapsed_60"), (90, "lapsed_90"), (risky_day, "at_risk")])


def test_customers_who_come_back_are_counted_once_a_day_by_their_gap(site):
    days = [0.2, 0.9, 5.5, 5.6, 95.4, 95.5, 185.5]
    site.change(*(ordered("a", str(i), i, day) for i, day in enumerate(days, 1)))
    site.reach(200)
    assert [sums(site, day).get("new") for day in (0, 5)] == [1, None]
    assert [sums(site, day).get("returning") for day in (0, 5, 95)] == [None, 1, 1]
    after_90_days = {"orders": 1, "cents": 100, "returned_30": 1, "returned_60": 1, "reactivated": 1}
    assert sums(site, 185) == {**after_90_days, "lapsed_90": 1}  # to the instant


def test_an_order_at_the_very_instant_of_a_lapse_comes_after_it(site):
    site.change(ordered("a", "1", 1, 0.5), ordered("a", "2", 2, 30.5))
    late = at(60.5) - 1
    site.change(OrderChange("a", "3", 3, late, 100, True, RECORD))
    site.reach(80)
    assert (sums(site, 30)["lapsed_30"], sums(site, 30)["returned_30"]) == (1, 1)
    assert "lapsed_30" not in sums(site, 60)
    assert "returned_30" not in sums(site, 60)


def test_who_is_silent_is_the_running_sum_of_who_came_and_who_lapsed(site):
    days = [0.5, 30.5, 31.5, 61.6, 170, 171]
    site.change(*(ordered("a", str(i), i, day) for i, day in enumerate(days, 1)))
    site.reach(300)
    for silence, returned in ((30, "returned_30"), (60, "returned_60"), (90, "reactivated")):
        active = 0
        for day in range(300):
            known = sums(site, day)
            active += known.get("new", 0) + known.get(returned, 0) - known.get(f"lapsed_{silence}", 0)
            over = START + day + 1 + 4 / 24  # the day's end in New York, in summer
            silent_days = (
                over - START - max((at_day for at_day in days if at_day < over - START), default=-999)
            )
            assert active == (silent_days <= silence), (silence, day)


def test_a_late_order_and_a_refund_correct_days_long_past(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(100)
    site.change(ordered("a", "late", 2, 20.5), ordered("a", "back", 3, 40.5, cents=-30, counted=False))
    site.reach(100.1)
    assert sums(site, 20) == {"orders": 1, "cents": 100, "returning": 1}
    assert sums(site, 40) == {"refunded_cents": 30}
    assert (sums(site, 30), sums(site, 50)) == ({}, {"lapsed_30": 1})
    site.change(ordered("a", "1", 4, 0.5, cents=40))
    site.reach(100.2)
    assert sums(site, 0) == {"orders": 1, "cents": 40, "new": 1}
    assert [sorted(day - START for day in told.days) for told in site.told] == [[0]]  # no other changed


def test_an_erased_customer_is_in_no_sum(site):
    site.change(ordered("a", "1", 1, 0.5), ordered("b", "2", 2, 0.5))
    site.reach(100)
    site.change(CustomerChange("a", 9, None, True, RECORD))
    site.reach(100.1)
    assert sums(site, 0) == {"orders": 1, "cents": 100, "new": 1}
    site.change(CustomerChange("b", 9, None, True, RECORD))
    site.reach(100.2)
    assert site.table.lines == {}


def test_days_begin_where_the_shop_is(site):
    site.change(ordered("a", "1", 1, 3 / 24), ordered("b", "2", 2, 6 / 24))  # UTC
    site.reach(1)
    assert [sums(site, day).get("orders") for day in (-1, 0)] == [1, 1]


def test_an_instant_at_the_end_of_the_calendar_is_no_trouble(site):
    last_day = 253_402_300_799_000_000 / DAY_US - START
    site.change(ordered("a", "1", 1, last_day), ordered("b", "2", 2, 1 - 719_162 - START))
    site.reach(1)
    assert site.shard.snapshot()
    assert site.group.snapshot()


def test_a_restart_goes_on_where_the_snapshot_was(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(1)
    site.change(ordered("a", "2", 2, 1.5))
    site = site.restarted()  # before time has moved
    site.reach(2)
    assert sums(site, 1) == {"orders": 1, "cents": 100, "returning": 1}
    assert sums(site, 31) == {"lapsed_30": 1}


def test_a_group_that_all_have_left_tells_so_also_after_a_restart(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(1)
    site.change(CustomerChange("a", 9, None, True, RECORD))
    site = site.restarted()
    site.reach(1.1)
    assert site.table.lines == {}


def test_days_that_only_a_crashed_run_has_touched_are_deleted(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(40)
    again = site.restarted()
    site.change(ordered("a", "3", 3, 9.5))  # and crashes before it has read what came between
    site.reach(100)
    again.change(ordered("a", "2", 2, 20.5), ordered("a", "3", 4, 20.6))
    again.reach(100)
    orders = [oracle.Order(id_, at(day), 100) for id_, day in (("1", 0.5), ("2", 20.5), ("3", 20.6))]
    check(again, {"a": orders})


def test_orders_that_are_folded_keep_their_days(site):
    days = [*(day + 0.5 for day in range(RECENT_ORDERS_MAX + 6)), 409.5, 411.5]
    changes = [ordered("a", f"{i:02}", i + 1, day) for i, day in enumerate(days)]
    site.change(*changes[:-2])
    site.reach(410)
    site.change(changes[-2])  # ten are folded
    site.reach(411)
    site = site.restarted()
    site.change(changes[-1])
    site.reach(520)
    check(site, {"a": [oracle.Order(f"{i:02}", at(day), 100) for i, day in enumerate(days)]})


def test_an_order_that_moves_among_folded_ones_leaves_the_silences_as_they_are(site):
    days = [day + 0.5 for day in range(RECENT_ORDERS_MAX + 1)]
    orders = [oracle.Order(f"{i:02}", at(day), 100) for i, day in enumerate(days)]
    site.change(*(ordered("a", f"{i:02}", i + 1, day) for i, day in enumerate(days)))
    site.reach(490)
    site.change(ordered("a", "moves", 100, 489))  # all others are folded
    site.reach(491)
    site.change(ordered("a", "moves", 101, 2.7))
    site.reach(492)
    site = site.restarted()
    orders.append(oracle.Order("moves", at(2.7), 100))
    check(site, {"a": orders})
    site.change(ordered("a", "next", 102, 492))
    site.reach(493)
    check(site, {"a": [*orders, oracle.Order("next", at(492), 100)]})


def test_of_a_recovery_store_without_windows_all_customers_are_added_once(site):
    site.change(ordered("a", "1", 1, 0.5))
    site.reach(40)
    without = site.shard.snapshot().replace(WITH_WINDOWS.encode(), b"another")
    site = Site(snapshots=[site.group.snapshot(), without])
    site.change(ordered("a", "2", 2, 39.5))
    site = site.restarted()  # before time has moved
    site.reach(41)
    site = site.restarted()
    site.reach(42)
    check(site, {"a": [oracle.Order("1", at(0.5), 100), oracle.Order("2", at(39.5), 100)]})


def test_a_version_in_force_moves_those_who_are_not_at_risk_yet(site):
    site.change(*(ordered(str(day), f"o{day}", 1, day + 0.5) for day in range(0, 80, 3)))
    site.adopt(80)
    site.reach(79)
    before = {day: sums(site, day).get("at_risk", 0) for day in range(79)}
    site = site.restarted()
    site.reach(200)
    assert {day: sums(site, day).get("at_risk", 0) for day in range(79)} == before
    versions = [*oracle.FIRST, oracle.Version(at(80), OTHER, "other")]
    check(
        site, {str(day): [oracle.Order(f"o{day}", at(day + 0.5), 100)] for day in range(0, 80, 3)}, versions
    )


changes = st.tuples(
    st.sampled_from(["a", "b"]),
    st.integers(0, 5),  # an order
    st.integers(0, 400).map(lambda tenths: tenths / 4),  # a day
    st.integers(-3, 3).map(lambda cents: 100 * cents),
    st.booleans(),
)
steps = st.lists(
    st.one_of(
        st.lists(changes, min_size=1, max_size=4),
        st.integers(0, 60),  # days that pass
        st.just("restart"),
        st.just("erase"),
    ),
    max_size=20,
)


@settings(max_examples=200, deadline=None)
@given(steps=steps, adopted_day=st.integers(1, 150))
def test_whatever_happens_the_days_are_those_of_a_count_anew(steps, adopted_day):
    site, orders, version, day = Site(), defaultdict(dict), 1, 0
    site.reach(0)
    site.adopt(adopted_day)
    for step in steps:
        match step:
            case "restart":
                site = site.restarted()
            case "erase":
                site.change(CustomerChange("a", version, None, True, RECORD))
                orders.pop("a", None)
                version += 1
            case int():
                day += step + 0.01
                site.reach(day)
            case _:
                taken = []
                for customer_id, order, placed, cents, counted in step:
                    version += 1
                    order_id = f"{customer_id}{order}"
                    taken.append(ordered(customer_id, order_id, version, placed, cents, counted))
                    orders[customer_id][order_id] = oracle.Order(order_id, at(placed), cents, counted)
                site.change(*taken)
    day += 0.01
    site.reach(day)
    versions = [*oracle.FIRST, *([oracle.Version(at(adopted_day), OTHER, "other")] * (day >= adopted_day))]
    accounts = {customer_id: list(own.values()) for customer_id, own in orders.items()}
    check(site, accounts, versions)


def test_the_columns_are_those_of_the_recompute():
    assert windows.DAY_COLUMNS == COLUMNS
