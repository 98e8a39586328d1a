import pytest

from operators.announcement import Announcement
from operators.census import Part
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customers import CustomerShard
from operators.erasure import Erasure, Tombstone, fingerprint
from operators.group import SnapshotMismatchError
from operators.instant import DAY_US
from operators.order import CustomerChange, OrderChange
from operators.purchases import Purchases
from operators.row import Gone, Row, StreamTime
from operators.windows import Added


def ordered(offset, customer_id="c", order_id=None, day=0, cents=100, counted=True, version=None):
    return OrderChange(
        customer_id,
        order_id or str(offset),
        offset + 1 if version is None else version,
        day * DAY_US,
        cents,
        counted,
        Record("orders:0", offset, None, None),
    )


def changed(group, *changes):
    """Take changes in; return what that brings, the order histories and the store's windows apart."""
    return [output for output in group.on_changes(list(changes)) if not isinstance(output, Purchases | Added)]


def tick(shard, day):
    """Let time come to a day; return what that brings, but for a census and the store's windows."""
    outputs = shard.on_progress([Progress("beat:0", 1, Heartbeat(day * DAY_US, {}))])
    return [output for output in outputs if not isinstance(output, Part | Added)]


@pytest.fixture
def shard(lifecycle):
    return CustomerShard(lifecycle, 8, None)


def test_a_repeated_change_changes_nothing_but_writes_the_line_again(shard):
    group = shard.add_group()
    [first] = changed(group, ordered(0))
    [again] = changed(group, ordered(0))
    [stale] = changed(group, ordered(0, version=0, cents=999))
    assert first == again == stale


def test_both_halves_of_a_move_inside_one_group_are_taken(shard):
    group = shard.add_group()
    changed(group, ordered(0, "a"))
    outputs = changed(group, ordered(1, "a", "0", counted=False), ordered(1, "b", "0", version=2))
    assert [type(o) for o in outputs] == [Gone, Row]
    assert outputs[1].customer_id == "b"


def test_time_alone_brings_each_state_once_and_one_alert(shard):
    group = shard.add_group()
    changed(group, ordered(0))
    seen = []
    for day in range(0, 2000, 5):
        seen += [o for o in tick(shard, day) if not isinstance(o, StreamTime)]
    assert [o.state if isinstance(o, Row) else o.kind for o in seen] == [
        "ACTIVE",  # at the first heartbeat everyone is told
        "AT_RISK",
        "raised",
        "LAPSED",
        "escalated",
        "LAPSED",
    ]
    assert seen[1].at_risk_at_us == seen[1].state_since_us == seen[2].at_us


def test_an_order_replaces_the_timer(shard):
    group = shard.add_group()
    changed(group, ordered(0))
    tick(shard, 10)
    changed(group, ordered(1, day=40))
    assert [type(o) for o in tick(shard, 60)] == [StreamTime]


def test_a_crossing_before_the_first_stream_time_is_in_the_row_but_no_alert(shard):
    group = shard.add_group()
    changed(group, ordered(0))
    outputs = tick(shard, 80)
    assert [type(o) for o in outputs] == [Row, StreamTime]
    assert outputs[0].state == "AT_RISK"
    assert outputs[1] == StreamTime(80 * DAY_US, 80 * DAY_US)


def test_alerts_since_a_given_instant_are_published_at_the_first_stream_time(lifecycle):
    shard = CustomerShard(lifecycle, 8, 0)
    changed(shard.add_group(), ordered(0))
    assert [type(o) for o in tick(shard, 80)] == [Row, Announcement, StreamTime]


def test_a_silence_that_an_order_has_ended_is_alerted_when_time_comes_to_its_crossing(shard):
    group = shard.add_group()
    changed(group, ordered(0))
    tick(shard, 1)
    assert [type(o) for o in changed(group, ordered(1, day=300))] == [Row]
    assert [type(o) for o in tick(shard, 40)] == [StreamTime]
    [row, alert, _] = tick(shard, 60)
    assert (row.order_count, alert.body.latest_order_id) == (2, "0")
    assert alert.at_us <= 60 * DAY_US
    assert [o.kind for o in tick(shard, 290) if isinstance(o, Announcement)] == ["escalated"]
    assert [o.kind for o in tick(shard, 300) if isinstance(o, Announcement)] == ["resolved"]
    assert [type(o) for o in tick(shard, 301)] == [StreamTime]


def test_a_state_that_passes_between_two_changes_raises_nothing(shard):
    tick(shard, 100)
    group = shard.add_group()
    changed(group, ordered(0, day=150))
    tick(shard, 200)
    changed(group, ordered(1, "other", day=140))
    changed(group, ordered(2, "other", day=160))
    assert [o for o in tick(shard, 201) if isinstance(o, Announcement)] == []


def test_a_silence_that_a_change_shows_to_be_crossed_is_alerted_once_time_moves(lifecycle, shard):
    tick(shard, 100)
    tick(shard, 200)
    group = shard.add_group()
    assert [type(o) for o in changed(group, ordered(0, day=150))] == [Row]
    again, _ = restored(lifecycle, group.snapshot(), shard.snapshot())
    for one in (shard, again):
        assert [type(o) for o in tick(one, 201)] == [Row, Announcement, StreamTime]
        assert [o for o in tick(one, 205) if isinstance(o, Announcement)] == []


def restored(lifecycle, *snapshots, group_count=8):
    shard = CustomerShard(lifecycle, group_count, None)
    return shard, [shard.restore(snapshot) for snapshot in snapshots]


def test_a_restored_group_fires_what_came_due_since_and_nothing_before(lifecycle, shard):
    group = shard.add_group()
    changed(group, ordered(0, "early"), ordered(1, "late", day=30))
    tick(shard, 10)
    fired = [o.body.customer_id for o in tick(shard, 60) if isinstance(o, Announcement)]
    again, _ = restored(lifecycle, group.snapshot(), shard.snapshot())
    fired += [o.body.customer_id for o in tick(again, 85) if isinstance(o, Announcement)]
    assert fired == ["early", "late"]


def test_the_order_in_which_snapshots_are_restored_does_not_matter(lifecycle, shard):
    group = shard.add_group()
    changed(group, ordered(0))
    tick(shard, 10)
    snapshots = [group.snapshot(), shard.snapshot()]
    one, _ = restored(lifecycle, *snapshots)
    other, _ = restored(lifecycle, *reversed(snapshots))
    assert tick(one, 60) == tick(other, 60) != []


def test_a_snapshot_is_what_the_group_was_when_it_was_taken(lifecycle, shard):
    group = shard.add_group()
    changed(group, ordered(0))
    snapshot = group.snapshot()
    changed(group, ordered(1))
    assert group.snapshot() != snapshot
    _, [old] = restored(lifecycle, snapshot)
    [row] = changed(old, ordered(0))
    assert row.order_count == 1


def test_a_store_with_another_number_of_groups_is_refused(lifecycle, shard):
    with pytest.raises(SnapshotMismatchError, match="KEY_GROUPS=8"):
        restored(lifecycle, shard.snapshot(), group_count=16)


def test_replaced_timers_do_not_pile_up(shard):
    group = shard.add_group()
    for offset in range(5000):
        changed(group, ordered(offset, order_id="one", day=offset))
    assert len(group._timers._heap) < 200


def erased(version, customer_id="c"):
    return CustomerChange(customer_id, version, None, True, Record("customers:0", 0, None, None))


def test_an_erased_customer_leaves_a_receipt_and_no_trace(shard):
    group = shard.add_group()
    changed(group, ordered(0, "somebody"))
    tick(shard, 10)
    tick(shard, 100)
    outputs = changed(group, erased(50, "somebody"))
    assert [type(o) for o in outputs] == [Gone, Announcement, Tombstone, Erasure]
    assert outputs[1].body.alert_id == "somebody/0"
    assert outputs[3] == Erasure(fingerprint("somebody").hex(), 50, 100 * DAY_US)
    assert b"somebody" not in group.snapshot()
    assert [type(o) for o in tick(shard, 200)] == [StreamTime]


def test_what_is_older_than_an_erasure_comes_too_late(lifecycle, shard):
    group = shard.add_group()
    changed(group, erased(50))
    _, [again] = restored(lifecycle, group.snapshot())
    for one in (group, again):
        assert list(one.on_changes([ordered(0, version=49)])) == []
        assert [type(o) for o in changed(one, ordered(0, version=51, counted=False, cents=0))] == [Gone]
        assert b"c" not in one._packed


def test_an_erased_customers_id_may_be_used_again(shard):
    group = shard.add_group()
    changed(group, ordered(0), erased(50))
    [row] = changed(group, ordered(1, version=60))
    assert row.order_count == 1


def test_a_customer_of_whom_nothing_is_known_can_be_erased(shard):
    assert [type(o) for o in changed(shard.add_group(), erased(50))] == [Gone, Tombstone, Erasure]
