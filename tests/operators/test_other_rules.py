"""A restart with another cooldown, campaign and control share, upon the same recovery store."""

from operators.announcement import Announcement
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.instant import DAY_US
from operators.order import OrderChange
from operators.policy import Policy
from operators.schedule import Schedule


def shard_with(risk, policy):
    return CustomerShard(Lifecycle(Schedule(risk), policy), 1, 0)


def reach(shard, day):
    outputs = shard.on_progress([Progress("beat:0", 1, Heartbeat(day * DAY_US, {}))])
    return [output for output in outputs if isinstance(output, Announcement)]


def test_what_was_told_stays_until_something_happens_and_is_then_told_by_the_new_rules(risk):
    before = shard_with(risk, Policy("EUR"))
    group = before.add_group()
    list(group.on_changes([OrderChange("c", "1", 1, 0, 100, True, Record("o:0", 0, None, None))]))
    [raised] = reach(before, 80)
    assert (raised.kind, raised.body.arm) == ("raised", "treatment")

    after = shard_with(risk, Policy("EUR", cooldown_days=30, campaign="another", control_share=0.999))
    for snapshot in (group.snapshot(), before.snapshot()):
        after.restore(snapshot)
    assert reach(after, 81) == []
    [escalated] = reach(after, 95)
    assert (escalated.kind, escalated.body.alert_id) == ("escalated", raised.body.alert_id)
    assert (escalated.body.campaign, escalated.body.arm) == ("another", "control")
