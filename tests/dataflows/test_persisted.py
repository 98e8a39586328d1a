"""What a recovery store depends on; changing it needs a migration, or an empty store."""

import pytest
from bytewax.testing import TestingSink, TestingSource

from dataflows.churn import build, stages
from operators.announcement import Announcement
from operators.census import LEAD_US, Part
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.group import SNAPSHOT_FORMAT, Shard
from operators.instant import DAY_US
from operators.order import AdjustmentChange, CustomerChange, OrderChange
from operators.policy import Policy
from operators.purchases import Purchases
from operators.row import Row, StreamTime
from operators.schedule import Schedule
from operators.store import Store, StoreWindows
from operators.windows import ORDERS as COLUMN_OF_ORDERS
from operators.windows import Added
from tests.operators.versions import refused
from tests.shop_files import EVERYTHING

# Customer 42 with order 7 of 12.50, placed a second after 1970, and order 8 of 10.00, cancelled: as format 1
# wrote it
GROUP_1 = (
    "9401cd0400a567726f75709281a86f72646572733a300481a23432c4219682a1379445ce000f4240cd04e2c3a1389447ce001e8480"
    "cd03e8c247c0c09080"
)
# The same as format 3 wrote it, and that customer 43 was erased by change 99
GROUP_3 = (
    "9403cd0400a567726f75709281a23432c41f9682a1379445ce000f4240cd04e2c3a1389447ce001e848000c247c0c0908081c420"
    "44cb730c420480a0477b505ae68af508fb90f96cf0ec54c6ad16949dd427f13a63"
)
# The same today
GROUP = (
    "9404cd0400a567726f75709281a23432c4209782a1379445ce000f4240cd04e2c3a1389447ce001e848000c247c0c0c0808081c4"
    "2044cb730c420480a0477b505ae68af508fb90f96cf0ec54c6ad16949dd427f13a63"
)
# Stage `orders`: order 7 of customer 42, with a refund of 2.50
ORDERS = "9404cd0400a567726f75709281a137c41f94474596a23432ce000f4240c3cd04e200a345555281a3302f319247d1ff0680"
# Stage `merges-1`: customer 41, who was merged into 42, with order 6
MERGES = "9404cd0400a567726f75709281a23431c4139332a2343281a1369428ce000f4240cd04e2c380"
BEAT = Progress("beat:0", 1, Heartbeat(31 * DAY_US, {}))
NEXT_BEAT = Progress("beat:0", 2, Heartbeat(32 * DAY_US, {}))
# Stream time and alerts since, both five seconds after 1970: as format 1 wrote it
CLOCK_1 = "9401cd0400a5636c6f636b92ce004c4b40ce004c4b40"
# Stream time six seconds after 1970, where it began; a census asked for on day 20; and the version that was
# adopted after the census of day 30: as it was written before there were budgets of days
CLOCK_UNLIMITED = (
    "9404cd0400a5636c6f636b93ce005b8d80ce004c4b4095ce005b8d80ce005b8d8091cf0000019254d3800091cf0000025b7f3d40"
    "009192cf0000025c55d0e40096b86d62672d6e626440313937302d30312d33315430303a3030cb3fe0000000000000cb40440000"
    "00000000cb3fe6666666666666cb3ff8000000000000cf0000025b7f3d4000"
)
# The same, with an alert of day 1 to be worth 5.00, and of day 2 anything: before there were windows
CLOCK_WITHOUT_WINDOWS = (
    "9404cd0400a5636c6f636b93ce005b8d80ce004c4b4096ce005b8d80ce005b8d8091cf0000019254d3800091cf0000025b7f3d40"
    "009192cf0000025c55d0e40096b86d62672d6e626440313937302d30312d33315430303a3030cb3fe0000000000000cb40440000"
    "00000000cb3fe6666666666666cb3ff8000000000000cf0000025b7f3d400092ce005b8d808201cd01f40200"
)
# The same today
CLOCK = CLOCK_WITHOUT_WINDOWS.replace("b4096ce", "b4097ce", 1) + "a777696e646f7773"
# The store: 3 orders of 2.00 in all on day 20000, by 2 customers of its month, for 1 of them the last
STORE = "929192cd4e209c03ccc8" + 10 * "00" + "9193cd4e15cd4e15920201"


def steps_under(step):
    for inner in step.substeps:
        yield inner.step_id
        yield from steps_under(inner) if hasattr(inner, "substeps") else []


def test_the_steps_that_keep_state_have_their_names(risk):
    out = TestingSink([])
    flow = build(
        TestingSource([]), *[out] * 5, shop=EVERYTHING, risk=risk, policy=Policy("EUR"), key_groups=1024
    )
    assert set(steps_under(flow)) >= {
        "churn.changes",
        "churn.orders.stateful_batch",
        "churn.merges-1.stateful_batch",
        "churn.merges-2.stateful_batch",
        "churn.merges-3.stateful_batch",
        "churn.customers.stateful_batch",
        "churn.rows",
        "churn.alerts",
        "churn.rejects",
        "churn.refit.stateful_batch",
        "churn.budget.stateful_batch",
        "churn.store.stateful_batch",
        "churn.models",
        "churn.states",
    }


def test_a_snapshot_of_this_release_is_read(risk):
    shard = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), 1024, None)
    group = shard.restore(bytes.fromhex(GROUP))
    assert shard.restore(bytes.fromhex(CLOCK)) is None
    assert group.snapshot().hex() == GROUP
    assert shard.snapshot().hex() == CLOCK
    assert [shard.lifecycle.schedule.least_cents(day * DAY_US) for day in range(4)] == [0, 500, 0, 0]
    late = OrderChange("43", "9", 98, 0, 100, counted=True, record=Record("orders:0", 5, None, None))
    assert list(group.on_changes([late])) == []
    day_150 = [Progress("beat:0", 1, Heartbeat(150 * DAY_US, {}))]
    *counts, time = shard.on_progress(day_150)
    assert [type(output) for output in counts] == [Part]  # the census of day 20 …
    assert time == StreamTime(20 * DAY_US + LEAD_US - 1, 5_000_000)  # … whose decision is waited for
    shard.calendar.decide(refused(20 * DAY_US), time.now_us)
    day_150 = list(shard.on_progress([]))
    # The version that came into force on day 30 finds another day for the customer to be at risk.
    assert [type(output) for output in day_150] == [Row, Announcement, *[Part] * 4, Added, StreamTime]
    row, alert, *_ = day_150
    assert (row.customer_id, row.cents, row.first_purchase_us) == ("42", 1250, 1_000_000)
    assert row.model_version == alert.body.model_version == "mbg-nbd@1970-01-31T00:00"


def test_of_a_clock_from_before_there_were_windows_all_is_told_once(risk):
    shard = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), 1024, None)
    shard.restore(bytes.fromhex(GROUP))
    shard.restore(bytes.fromhex(CLOCK_WITHOUT_WINDOWS))
    assert shard.snapshot().hex() == CLOCK_WITHOUT_WINDOWS
    [purchases, added] = [
        output for output in shard.on_progress([BEAT]) if isinstance(output, Purchases | Added)
    ]
    assert [purchase.line for purchase in purchases.lines] == ["7"]
    assert added.days[0][COLUMN_OF_ORDERS] == 1
    assert [output for output in shard.on_progress([NEXT_BEAT]) if isinstance(output, Purchases)] == []


def test_the_sums_of_the_store_are_read():
    store = Store(bytes.fromhex(STORE))
    assert store.snapshot().hex() == STORE
    told, _ = store.take(StreamTime(0, 0))
    assert told == StoreWindows({20000: [3, 200, *[0] * 10]}, {(19989, 19989): [2, 1]}, is_whole=True)


def test_a_clock_from_before_there_were_budgets_is_read(risk):
    shard = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), 1024, None)
    shard.restore(bytes.fromhex(CLOCK_UNLIMITED))
    assert shard.clock.now_us == 6_000_000
    assert shard.calendar.between(19 * DAY_US, 21 * DAY_US) == [20 * DAY_US]


@pytest.mark.parametrize("written_format", [1, 2, 3])
def test_a_snapshot_of_an_earlier_format_is_migrated(lifecycle, written_format):
    group_then = {1: GROUP_1, 2: GROUP_3.replace("9403", "9402", 1), 3: GROUP_3}[written_format]
    shard = CustomerShard(lifecycle, 1024, None)
    group = shard.restore(bytes.fromhex(group_then))
    shard.restore(bytes.fromhex(CLOCK_1.replace("9401", f"940{written_format}", 1)))
    change = OrderChange(
        "42", "9", 80, 3_000_000, 100, counted=True, record=Record("orders:0", 5, None, None)
    )
    [row] = [output for output in group.on_changes([change]) if isinstance(output, Row)]
    assert (row.order_count, row.cents, row.latest_purchase_us) == (2, 1350, 3_000_000)
    assert group.snapshot()[1] == shard.snapshot()[1] == SNAPSHOT_FORMAT
    # The first census after the time that was restored is taken.
    assert "Part" in {type(o).__name__ for o in shard.on_progress([BEAT])}


def test_a_stage_that_passes_time_on_waits_for_the_next_heartbeat_after_a_restart():
    # It may have been ahead of the customers, who must first hear what their own topics were told since.
    shard = Shard(stages(EVERYTHING)["orders"], 1024)
    shard.restore(bytes.fromhex(CLOCK))
    assert not shard.advance([Progress("alerts:0", 3, None)])
    assert shard.advance([BEAT])


def test_snapshots_of_orders_and_merges_are_read():
    record = Record("any:0", 5, None, None)
    orders, merges = stages(EVERYTHING)["orders"], stages(EVERYTHING)["merges-1"]
    group = Shard(orders, 1024).restore(bytes.fromhex(ORDERS))
    assert group.snapshot().hex() == ORDERS
    [change] = group.on_changes([AdjustmentChange("7", "0/2", 90, -100, record)])
    assert (change.customer_id, change.cents) == ("42", 900)
    group = Shard(merges, 1024).restore(bytes.fromhex(MERGES))
    assert group.snapshot().hex() == MERGES
    unmerged = list(group.on_changes([CustomerChange("41", 99, None, False, record)]))
    assert [(change.key, change.version) for change in unmerged] == [("42", 99), ("41", 99), ("41", 99)]
