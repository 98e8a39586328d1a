"""What a recovery store depends on; changing it needs a migration, or an empty store."""

from bytewax.testing import TestingSink, TestingSource

from dataflows.churn import build
from operators.clock import Heartbeat, Progress
from operators.group import Shard
from operators.row import StreamTime
from tests.dataflows.world import SHOP

# Customer 42 with order 7 of 12.50, placed a second after 1970, read from orders:0 at offset 3
GROUP = "9401cd0400a567726f75709281a86f72646572733a300381a23432c4149681a1379465ce000f4240cd04e2c365c0c09080"
# Stream time and alerts since, both five seconds after 1970
CLOCK = "9401cd0400a5636c6f636b92ce004c4b40ce004c4b40"


def steps_under(step):
    for inner in step.substeps:
        yield inner.step_id
        yield from steps_under(inner) if hasattr(inner, "substeps") else []


def test_the_steps_that_keep_state_have_their_names(lifecycle):
    out = TestingSink([])
    flow = build(TestingSource([]), out, out, out, shop=SHOP, lifecycle=lifecycle, key_groups=1024)
    assert set(steps_under(flow)) >= {
        "churn.changes",
        "churn.customers.stateful_batch",
        "churn.rows",
        "churn.alerts",
        "churn.rejects",
    }


def test_a_snapshot_of_an_earlier_release_is_read(lifecycle):
    shard = Shard(lifecycle, 1024, None)
    group = shard.restore(bytes.fromhex(GROUP))
    assert shard.restore(bytes.fromhex(CLOCK)) is None
    assert group.snapshot().hex() == GROUP
    assert shard.snapshot().hex() == CLOCK
    day_100 = list(shard.on_progress([Progress("beat:0", 1, Heartbeat(100 * 86_400_000_000, {}))]))
    assert [type(output).__name__ for output in day_100] == ["Row", "Alert", "StreamTime"]
    assert (day_100[0].customer_id, day_100[0].cents, day_100[0].first_purchase_us) == ("42", 1250, 1_000_000)
    assert day_100[-1] == StreamTime(100 * 86_400_000_000, 5_000_000)
