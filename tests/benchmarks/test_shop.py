from benchmarks import shop
from dataflows.shop import load
from operators.batch import Decoder
from operators.chunk import Chunk, Record
from operators.clock import Heartbeat
from operators.order import OrderChange

AT_US = 1_795_566_044_284_533


def decoded(topic, value):
    record = Record(f"{topic}:0", 0, b"key", value)
    return Decoder(load("demo")).decode(Chunk(topic, 0, [record], 1, {}))


def test_the_flow_reads_an_order_as_it_was_meant():
    batch = decoded(shop.ORDERS_TOPIC, shop.order(104, 4, AT_US, 640, AT_US + 5))
    [change] = batch.changes
    assert not batch.rejects
    assert isinstance(change, OrderChange)
    assert (change.key, change.order_id, change.placed_at_us) == ("4", "104", AT_US)
    assert (change.version, change.cents, change.counted) == (1281, 1495, True)


def test_the_flow_reads_a_heartbeat_as_it_was_meant():
    batch = decoded(shop.HEARTBEAT_TOPIC, shop.heartbeat(AT_US, 640))
    assert not batch.rejects
    assert batch.progress.heartbeat == Heartbeat(AT_US, {})
