"""Records in any order, and more than once: the same table and alerts, and no trace of who was erased."""

import json
import random
from itertools import permutations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from operators.chunk import Record
from operators.instant import to_datetime
from tests.dataflows import alerts_topic
from tests.dataflows.world import START_US, World
from tests.operators import oracle, store_oracle
from tests.pipeline import Pipeline
from tests.shop_files import DEMO, EVERYTHING

VERSIONS = [oracle.Version(0, oracle.MODEL, "test")]


def records_of(world):
    return [
        Record(source, offset, None, value)
        for source, log in world.logs.items()
        for offset, (_, value, _) in enumerate(log)
    ]


def check(world, pipeline):
    expected = world.expected()
    assert {id_: (row.order_count, row.cents) for id_, row in pipeline.rows.items()} == {
        id_: (len(orders), cents) for id_, (orders, cents) in expected.items()
    }
    assert pipeline.purchases.by_customer() == world.purchases()
    accounts, time_zone = world.accounts(), world.shop.calendar.time_zone
    assert pipeline.store.days() == store_oracle.days(accounts, lambda _: VERSIONS, time_zone)
    assert pipeline.store.cohorts == store_oracle.cohorts(accounts, time_zone)
    implied = alerts_topic.implied(world, lambda _: VERSIONS, START_US)
    assert alerts_topic.mismatches(alerts_topic.standing(pipeline.messages), implied) == []
    remembered = pipeline.snapshots()
    assert not [customer for customer in world.erased_ids if customer.encode() in remembered]


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
# A log of 150 steps that fails is told by its seed; making it smaller takes minutes and says no more.
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**32), shuffle=st.randoms(use_true_random=False))
def test_any_order_of_delivery_with_any_duplicates_is_the_same(risk, shop, seed, shuffle):
    world = World(seed, shop, steps=150)
    records = records_of(world)
    records += shuffle.choices(records, k=40)
    shuffle.shuffle(records)
    pipeline = Pipeline(shop, risk, START_US)
    pipeline.read(records)
    pipeline.reach(world.now_us)
    check(world, pipeline)


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
def test_partitions_that_come_one_after_the_other_are_the_same(risk, shop):
    for seed in range(20):
        world = World(seed, shop, steps=150)
        records = records_of(world)
        sources = sorted(world.logs)
        random.Random(seed).shuffle(sources)
        pipeline = Pipeline(shop, risk, START_US)
        pipeline.read(sorted(records, key=lambda record: (sources.index(record.source), record.offset)))
        pipeline.reach(world.now_us)
        check(world, pipeline)


@pytest.mark.parametrize("shop", [DEMO, EVERYTHING], ids=["demo", "everything"])
def test_an_erasure_that_comes_late_spares_whoever_has_the_same_id_by_now(risk, shop):
    placed_at = to_datetime(START_US).isoformat()
    row = {"customer_id": "again", "status": "paid", "total": "5.00", "refunded": "0.00", "currency": "EUR"}
    row |= {"placed_at": placed_at, "deleted_at": None}
    customer = {"id": "again", "merged_into": None}
    log = [
        ("orders", "c", None, row | {"id": "old"}, 10),
        ("customers", "d", customer, None, 20),
        ("customers", "c", None, customer | {"merged_into": "other"}, 30),
        ("orders", "c", None, row | {"id": "new"}, 40),
    ]
    records = [
        Record(
            f"shop.public.{table}:0",
            lsn,
            None,
            json.dumps({"op": op, "before": before, "after": after, "source": {"lsn": lsn}}).encode(),
        )
        for table, op, before, after, lsn in log
    ]
    for permutation in permutations(records):
        pipeline = Pipeline(shop, risk, START_US)
        pipeline.read(permutation)
        account = "other" if shop.follows_merges else "again"
        assert {id_: (line.order_count, line.cents) for id_, line in pipeline.rows.items()} == {
            account: (1, 500)
        }
        assert b"old" not in pipeline.snapshots() or shop.assembles_orders
