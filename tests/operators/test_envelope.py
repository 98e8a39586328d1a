import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators import envelope, reject
from operators.batch import Decoder
from operators.chunk import Chunk, Record
from operators.clock import Heartbeat, Progress
from operators.form import UNAVAILABLE
from operators.order import WAY
from tests.shop_files import DEMO, EVERYTHING

ROW = {
    "id": 105,
    "customer_id": 2,
    "status": "paid",
    "total": "10.00",
    "refunded": "2.50",
    "currency": "EUR",
    "placed_at": "2024-04-01T08:00:00.000001Z",
}
DECIMAL = "org.apache.kafka.connect.data.Decimal"
PLACED_AT_US = 1711958400_000001


def change(op, before=None, after=None, lsn=50):
    return json.dumps({"op": op, "before": before, "after": after, "source": {"lsn": lsn}}).encode()


def with_schema(row, parameters):
    total = {"type": "bytes", "field": "total", "name": DECIMAL, "parameters": parameters}
    after = {"type": "struct", "field": "after", "fields": [total]}
    schema = json.dumps({"type": "struct", "fields": [after]}, separators=(",", ":"))
    return f'{{"schema":{schema},"payload":{change("c", None, row).decode()}}}'.encode()


DECODERS = {id(shop): Decoder(shop) for shop in (DEMO, EVERYTHING)}


def decode(*values, topic="shop.public.orders", ends=None, shop=DEMO):
    records = [Record(f"{topic}:0", offset, b"key", value) for offset, value in enumerate(values)]
    return (DECODERS.get(id(shop)) or Decoder(shop)).decode(Chunk(topic, 0, records, len(values), ends))


def seen(batch):
    return [(c.customer_id, c.order_id, c.version, c.placed_at_us, c.cents, c.counted) for c in batch.changes]


@pytest.mark.parametrize(("op", "version"), [("c", 101), ("r", 100)])
def test_an_inserted_or_snapshot_order_counts_its_total_less_its_refund(op, version):
    assert seen(decode(change(op, None, ROW))) == [("2", "105", version, PLACED_AT_US, 750, True)]


def test_an_update_replaces_the_order():
    batch = decode(change("u", ROW, ROW | {"status": "cancelled"}))
    assert seen(batch) == [("2", "105", 101, PLACED_AT_US, 0, False)]


def test_an_order_that_changes_customer_leaves_the_one_and_joins_the_other():
    batch = decode(change("u", ROW, ROW | {"customer_id": 3}))
    assert seen(batch) == [
        ("2", "105", 101, PLACED_AT_US, 0, False),
        ("3", "105", 101, PLACED_AT_US, 750, True),
    ]


def test_nobodys_order_is_no_change_and_leaves_when_it_becomes_nobodys():
    nobodys = ROW | {"customer_id": None}
    batch = decode(change("c", None, nobodys), change("u", ROW, nobodys), change("u", nobodys, ROW))
    assert batch.rejects == []
    assert seen(batch) == [
        ("2", "105", 101, PLACED_AT_US, 0, False),
        ("2", "105", 101, PLACED_AT_US, 750, True),
    ]


def test_a_cart_needs_no_instant_and_a_refund_among_the_orders_does_not_count():
    cart = ROW | {"status": "cart", "placed_at": None, "total": None, "currency": None}
    credit = ROW | {"total": "-5.00", "refunded": "0.00"}
    not_yet = ROW | {"placed_at": None}
    assert seen(decode(change("c", None, cart), change("u", cart, not_yet), change("c", None, credit))) == [
        ("2", "105", 101, None, 0, False),
        ("2", "105", 101, None, 0, False),
        ("2", "105", 101, PLACED_AT_US, -500, False),
    ]


def test_a_value_that_is_not_sent_again_is_taken_from_the_before_image():
    after = ROW | {"status": UNAVAILABLE, "note": UNAVAILABLE}
    assert seen(decode(change("u", ROW, after))) == [("2", "105", 101, PLACED_AT_US, 750, True)]


@pytest.mark.parametrize(
    "value",
    [
        b'{"op":"m","message":{"prefix":"p","content":""},"source":{"lsn":1}}',
        b'{"status":"BEGIN","id":"1:2","event_count":null,"data_collections":null,"ts_ms":1}',
        b'{"ts_ms":1777636800000}',
    ],
)
def test_what_is_no_rows_change_is_counted_and_ignored(value):
    batch = decode(value)
    assert (batch.changes, batch.rejects, batch.ignored) == ([], [], 1)


def test_a_row_of_an_incremental_snapshot_has_its_lsn_in_the_sequence():
    value = json.dumps(
        {"op": "r", "before": None, "after": ROW, "source": {"lsn": None, "sequence": '["7","50"]'}}
    ).encode()
    assert seen(decode(value)) == [("2", "105", 100, PLACED_AT_US, 750, True)]


def test_other_currencies_are_converted_at_the_shop_files_rate():
    [order] = decode(
        change("c", None, ROW | {"currency": "usd", "deleted_at": None}), shop=EVERYTHING
    ).changes
    assert (order.facts.currency, order.facts.total_cents) == ("USD", 1000)


@pytest.mark.parametrize(
    ("mark", "is_gone"), [(None, False), (False, False), (True, True), (1767268800, True)]
)
def test_a_mark_of_deletion_is_an_instant_or_a_flag_that_is_set(mark, is_gone):
    [order] = decode(change("c", None, ROW | {"deleted_at": mark}), shop=EVERYTHING).changes
    assert (order.facts is None) == is_gone


def test_a_deleted_order_is_removed():
    assert seen(decode(change("d", ROW))) == [("2", "105", 101, PLACED_AT_US, 0, False)]


def test_a_tombstone_is_no_change():
    batch = decode(None)
    assert (batch.changes, batch.rejects, batch.ignored) == ([], [], 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\x00garbage", reject.MALFORMED),
        (b"", reject.MALFORMED),
        (change("c", None, ROW)[:100], reject.MALFORMED),
        (b"\xff\xfe", reject.MALFORMED),
        (change("c", None, ROW, lsn=2**64), reject.INVALID_FIELD),
        (change("c", None, ROW, lsn=-1), reject.INVALID_FIELD),
        (b'{"x":' + b"[" * 100_000, reject.MALFORMED),
        (b"[]", reject.INVALID_FIELD),
        (b"{}", reject.MISSING_FIELD),
        (change("c", None, {k: v for k, v in ROW.items() if k != "total"}), reject.MISSING_FIELD),
        (change("c", None, ROW | {"total": None}), reject.INVALID_FIELD),
        (change("c", None, ROW | {"placed_at": "infinity"}), reject.INVALID_FIELD),
        (change("c", None, ROW | {"placed_at": "2024-04-01T08:00:00"}), reject.INVALID_FIELD),
        (change("c", None, ROW | {"total": "NAN"}), reject.AMOUNT),
        (change("c", None, ROW | {"currency": "JPY"}), reject.CURRENCY),
        (change("c", None, ROW | {"currency": None}), reject.CURRENCY),
        (change("c", None, ROW | {"id": None}), reject.INVALID_FIELD),
        *(
            (change("c", None, ROW | {column: id_}), reject.INVALID_FIELD)
            for column in ("id", "customer_id")
            for id_ in ("a\0", f"1{WAY}0guest", "9" * 251, "é" * 126, 10**1000)
        ),
        (change("c", None, ROW | {"placed_at": "0001-01-01T00:00:00+14:00"}), reject.INVALID_FIELD),
        (change("c", None, ROW | {"placed_at": "9999-12-31T23:59:59-14:00"}), reject.INVALID_FIELD),
        (with_schema(ROW, {"scale": "many"}), reject.INVALID_FIELD),
        (
            change("u", ROW, ROW | {"status": UNAVAILABLE}).replace(b'"paid"', b"null"),
            reject.UNAVAILABLE_VALUE,
        ),
        (change("c", None, None), reject.UNKNOWN_OPERATION),
        (change("x", None, ROW), reject.UNKNOWN_OPERATION),
        (change("u", None, ROW), reject.BEFORE_IMAGE),
        (change("d", None, None), reject.BEFORE_IMAGE),
        (change("t"), reject.TRUNCATE),
        (b'{"op":"' + b"c" * envelope.VALUE_BYTES_MAX + b'"}', reject.TOO_LARGE),
    ],
)
def test_what_cannot_be_used_becomes_a_reject_with_its_bytes_and_the_flow_goes_on(value, reason):
    batch = decode(value, change("c", None, ROW))
    assert [(r.reason, r.record.key, r.record.value) for r in batch.rejects] == [(reason, b"key", value)]
    assert len(batch.changes) == 1


def test_a_decimal_with_its_scale_is_read_exactly_however_many_digits():
    for tail, cents in ((0, 123), (1, None)):
        digits = 123 * 10**38 + tail  # 1.23, and 1.23 with a 1 far behind
        total = base64.b64encode(digits.to_bytes(20, "big", signed=True)).decode()
        batch = decode(with_schema(ROW | {"total": total, "refunded": 0}, {"scale": "40"}))
        assert [c.cents for c in batch.changes] == ([] if cents is None else [cents])
        assert [r.reason for r in batch.rejects] == ([reject.AMOUNT] if cents is None else [])


def test_half_a_move_is_never_applied():
    batch = decode(change("u", ROW, ROW | {"customer_id": 3, "total": "NAN"}))
    assert (seen(batch), [r.reason for r in batch.rejects]) == ([], [reject.AMOUNT])


@given(st.binary())
def test_no_bytes_make_decoding_raise(value):
    for shop in (DEMO, EVERYTHING):
        batch = decode(value, shop=shop)
        assert len(batch.changes) + len(batch.rejects) + batch.ignored <= 2


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["op", "before", "after", "source"]), st.sampled_from([*ROW, "lsn"]), json_values)
def test_no_field_value_makes_decoding_raise(part, field, value):
    whole = {"op": "u", "before": dict(ROW), "after": dict(ROW), "source": {"lsn": 1}}
    if part == "op":
        whole["op"] = value
    else:
        whole[part][field] = value
    assert decode(json.dumps(whole).encode()).progress.position == 1


def heartbeat(op, time):
    return json.dumps(
        {"op": op, "before": None, "after": {"id": 1, "shop_time": time}, "source": {"lsn": 1}}
    ).encode()


def test_a_chunk_carries_its_last_heartbeat_with_the_ends_read_after_it():
    ends = {"shop.public.orders:0": 7}
    batch = decode(
        heartbeat("c", "2024-04-01T08:00:00Z"),
        heartbeat("u", "2024-04-01T08:00:01Z"),
        topic=DEMO.heartbeat_topic,
        ends=ends | {"shop.cdc.heartbeat:0": 9},
    )
    at_us = 1711958401_000000
    assert batch.progress == Progress("shop.cdc.heartbeat:0", 2, Heartbeat(at_us, ends))


def test_a_heartbeat_read_by_the_snapshot_moves_no_time():
    batch = decode(heartbeat("r", "2024-04-01T08:00:00Z"), topic=DEMO.heartbeat_topic, ends={})
    assert batch.progress.heartbeat is None


def test_a_reject_does_not_repeat_a_long_value_in_its_headers():
    orders = msgspec.structs.replace(DEMO.orders, unit="days")
    batch = decode(
        change("c", None, ROW | {"placed_at": "1" * 50_000}),
        shop=msgspec.structs.replace(DEMO, orders=orders),
    )
    [rejected] = batch.rejects
    assert len(dict(reject.to_message(rejected).headers)["rc.error"]) <= reject.ERROR_LENGTH_MAX


def test_a_reject_message_names_the_place_and_keeps_the_bytes():
    [rejected] = decode(b"\x00").rejects
    message = reject.to_message(rejected)
    headers = dict(message.headers)
    assert (message.key, message.value) == (b"key", b"\x00")
    assert headers["rc.reason"] == b"malformed"
    assert (headers["rc.topic"], headers["rc.partition"], headers["rc.offset"]) == (
        b"shop.public.orders",
        b"0",
        b"0",
    )
