"""What a run that crashed has told is put right where the replay comes to another result."""

from operators import announcement
from operators.announcement import Announcement
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customers import CustomerShard
from operators.erasure import Tombstone, tombstone_message
from operators.instant import DAY_US
from operators.order import CustomerChange, Echo, OrderChange

RECORD = Record("orders:0", 0, None, None)


def order(cents, version=1):
    return OrderChange("c", "1", version, 0, cents, True, RECORD)


def reach(shard, day):
    beat = Progress("beat:0", 1, Heartbeat(day * DAY_US, {}))
    return [one for one in shard.on_progress([beat]) if isinstance(one, Announcement)]


def restored(lifecycle, snapshots):
    shard = CustomerShard(lifecycle, 1, 0)
    [group] = [found for found in map(shard.restore, snapshots) if found is not None]
    return shard, group


def crashed(lifecycle, *changes):
    """A run that has told of an alert on day 50, and, after its last snapshot, of changes on day 51."""
    shard = CustomerShard(lifecycle, 1, 0)
    group = shard.add_group()
    list(group.on_changes([order(1000)]))
    reach(shard, 1)
    reach(shard, 50)
    snapshots = [group.snapshot(), shard.snapshot()]
    list(group.on_changes(list(changes)))
    return snapshots, reach(shard, 51)


def test_another_body_of_the_same_kind_at_the_same_instant_has_another_id(lifecycle):
    snapshots, [told] = crashed(lifecycle, order(2000, 2))
    shard, group = restored(lifecycle, snapshots)
    list(group.on_changes([Echo("c", told.body, 61), order(2000, 2), order(3000, 3)]))
    [again] = reach(shard, 51)
    assert (told.kind, told.body.order_value) == ("revised", "20.00")
    assert (again.kind, again.body.order_value) == ("revised", "30.00")
    assert announcement.to_message(again).id == announcement.to_message(told).id + "/after-61"


def test_what_comes_out_the_same_is_not_told_again(lifecycle):
    snapshots, [told] = crashed(lifecycle, order(2000, 2))
    shard, group = restored(lifecycle, snapshots)
    list(group.on_changes([Echo("c", told.body, 61), order(2000, 2)]))
    assert reach(shard, 51) == []


def test_at_another_instant_the_id_is_another_anyway(lifecycle):
    snapshots, [told] = crashed(lifecycle, order(2000, 2))
    shard, group = restored(lifecycle, snapshots)
    list(group.on_changes([Echo("c", told.body, 61), order(2000, 2), order(3000, 3)]))
    [again] = reach(shard, 52)
    assert announcement.to_message(again).id == "c/1/revised/1970-02-22T00:00:00Z"


def test_what_was_told_of_somebody_erased_is_taken_back_whatever_was_said_before(lifecycle):
    snapshots, [told] = crashed(lifecycle, order(2000, 2))
    _, group = restored(lifecycle, snapshots)
    erased = CustomerChange("c", 9, None, True, RECORD)
    first = [one for one in group.on_changes([erased]) if isinstance(one, Announcement | Tombstone)]
    later = list(group.on_changes([Echo("c", told.body, 61)]))
    ids = [
        tombstone_message(one).id if isinstance(one, Tombstone) else announcement.to_message(one).id
        for one in (*first, *later)
    ]
    assert ids[2:] == [f"{id_}/after-61" for id_ in ids[:2]]
    assert ids[0] == "c/1/withdrawn/erasure/9"
