"""What the golden files promise of themselves, without any server."""

import json
import re
from base64 import b64decode
from itertools import pairwise

import pytest

from tests.golden.configuration import HERE, configurations
from tests.golden.golden_record import read
from tests.golden.payloads import CUSTOMERS, ORDERS, REFUNDS, TYPED, operations, payloads

NAMES = list(configurations())
UNAVAILABLE = "__debezium_unavailable_value"


def test_each_configuration_has_its_file_and_its_row_in_the_readme():
    documented = re.findall(r"^\| `(\w+)` \|", (HERE / "README.md").read_text(), re.MULTILINE)
    assert documented == NAMES
    assert {path.stem for path in HERE.glob("*.jsonl")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_line_is_a_record_whose_key_and_value_are_json(name):
    records = read(name)
    assert len(records) > 10
    for record in records:
        for text in (record.key, record.value):
            assert text is None or json.loads(text) is not None
        assert [(type(key), type(value)) for key, value in record.headers] == [(str, str)] * len(
            record.headers
        )


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_sorted_and_each_record_is_there_once(name):
    places = [(record.topic, record.partition, record.offset) for record in read(name)]
    assert places == sorted(set(places))


def test_full_string_isostring_lives_through_every_change():
    assert operations("full_string_isostring", ORDERS) == "rrrcuududccudcct"
    assert operations("full_string_isostring", CUSTOMERS) == "rrrcuud"
    assert operations("full_string_isostring", REFUNDS) == "rcud"
    assert operations("full_string_isostring", TYPED) == "rcuu"
    assert operations("full_string_isostring", "shop.cdc.heartbeat") == "ru"


def test_full_string_isostring_has_both_rows_of_every_update():
    for topic in (ORDERS, CUSTOMERS, REFUNDS, TYPED):
        for payload in payloads("full_string_isostring", topic):
            assert (payload["before"] is None) == (payload["op"] in "rct")
            assert (payload["after"] is None) == (payload["op"] in "dt")


def test_full_string_isostring_moves_an_order_and_pays_a_part_back():
    changes = [
        (before["customer_id"], after["customer_id"], before["refunded"], after["refunded"])
        for before, after in (
            (payload["before"], payload["after"])
            for payload in payloads("full_string_isostring", ORDERS)
            if payload["op"] == "u"
        )
    ]
    assert (4, 4, "0.00", "20.50") in changes
    assert (4, 2, "20.50", "20.50") in changes


def test_full_string_isostring_merges_accounts_and_parts_them_again():
    merged = [
        p["after"]["merged_into"] for p in payloads("full_string_isostring", CUSTOMERS) if p["op"] == "u"
    ]
    assert merged == [1, None]


@pytest.mark.parametrize("name", ["full_string_isostring", "flattened", "default_identity"])
def test_a_primary_key_update_is_two_records_that_name_each_other(name):
    headers = [
        (json.loads(record.key), record.headers) for record in read(name) if record.key and record.headers
    ]
    assert headers == [
        ({"id": 103}, [["__debezium.newkey", '{"id":1103}']]),
        ({"id": 1103}, [["__debezium.oldkey", '{"id":103}']]),
    ]


def test_full_string_isostring_has_two_rows_with_one_lsn():
    lsns = {
        p["after"]["id"]: p["source"]["lsn"] for p in payloads("full_string_isostring", ORDERS) if p["after"]
    }
    assert lsns[106] == lsns[107]


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("flattened", {"__op", "__lsn", "__source_ts_ms", "__deleted"}),
        ("flattened_without_lsn", {"__op", "__deleted"}),
        ("flattened_schemas", {"__op", "__lsn", "__deleted"}),
    ],
)
def test_flattened_rows_carry_what_was_asked_for_and_no_truncate(name, added):
    rows = payloads(name, ORDERS)
    assert "".join(row["__op"] for row in rows) == "rrrcuududccudcc"
    for row in rows:
        assert {field for field in row if field.startswith("__")} == added
        assert row["__deleted"] == ("true" if row["__op"] == "d" else "false")
        assert "before" not in row


def test_tombstones_follow_each_delete():
    records = read("tombstones")
    for one, other in pairwise(records):
        if one.topic.startswith("shop.public."):
            deleted = one.value is not None and one.payload()["op"] == "d"
            assert deleted == (other.value is None)
            assert not deleted or other.key == one.key
    assert sum(record.value is None for record in records) == 5


def test_tx_metadata_names_the_transaction_of_each_streamed_record():
    for payload in payloads("tx_metadata", ORDERS):
        assert (payload["transaction"] is None) == (payload["op"] == "r")
    assert [payload["status"] for payload in payloads("tx_metadata", "shop.transaction")] == ["BEGIN", "END"]


def test_heartbeat_logical_message_carries_the_shops_time():
    beats = payloads("heartbeat_logical_message", "shop.message")
    assert [(beat["op"], beat["message"]["prefix"]) for beat in beats] == [("m", "heartbeat")] * 2
    assert b64decode(beats[0]["message"]["content"]) == b"2026-05-01 12:00:00.123456+00"
    assert operations("heartbeat_logical_message", "shop.cdc.heartbeat") == "r"


def test_default_identity_has_no_row_before_an_update_and_an_invented_one_before_a_delete():
    changes = payloads("default_identity", ORDERS)
    assert {payload["before"] is None for payload in changes if payload["op"] == "u"} == {True}
    removed = [payload["before"] for payload in changes if payload["op"] == "d"]
    assert [row["id"] for row in removed] == [102, 103, 105]
    assert {(row["customer_id"], row["status"], row["total"]) for row in removed} == {(0, "", "0.00")}


def test_default_identity_lacks_a_long_text_where_an_update_left_it_alone():
    lacking = [
        (payload["after"]["id"], column)
        for payload in payloads("default_identity", ORDERS)
        if payload["after"]
        for column, value in payload["after"].items()
        if value == UNAVAILABLE
    ]
    assert lacking == [(108, "note"), (109, "status")]


def test_schema_change_changes_the_columns_one_after_the_other():
    rows = [p["after"] for p in payloads("schema_change", ORDERS) if p["op"] == "c"]
    by_id = {row["id"]: row for row in rows}
    assert "note" not in by_id[301]
    assert by_id[302]["note"] == "new"
    assert by_id[303]["total"] == "3.0001"
    assert by_id[304]["customer_id"] == "1"
    assert by_id[305]["currency"] is None
    assert "refunded" not in by_id[306]
    assert "status" not in by_id[307]
    assert by_id[307]["state"] == "paid"
    assert operations("schema_change", ORDERS) == "rrrcccccccud"


def test_truncate_has_no_key_and_no_rows():
    assert [operations("truncate", topic) for topic in (ORDERS, CUSTOMERS, REFUNDS)] == [
        "rrrtc",
        "rrrtc",
        "rt",
    ]
    truncates = [r for r in read("truncate") if r.topic.startswith("shop.") and r.payload()["op"] == "t"]
    assert [(r.key, r.payload()["before"], r.payload()["after"]) for r in truncates] == [
        (None, None, None)
    ] * 3


def test_incremental_snapshot_reads_rows_anew_without_an_lsn():
    assert operations("incremental_snapshot", ORDERS) == "rrrurrru"
    anew = payloads("incremental_snapshot", ORDERS)[4:7]
    assert [(p["source"]["snapshot"], p["source"]["lsn"]) for p in anew] == [("incremental", None)] * 3
    before, after = (payloads("incremental_snapshot", ORDERS)[index]["source"]["lsn"] for index in (3, 7))
    assert all(before < int(json.loads(p["source"]["sequence"])[1]) < after for p in anew)


def test_flattened_incremental_snapshot_has_no_lsn_at_all():
    rows = payloads("flattened_incremental_snapshot", ORDERS)
    assert [row["__lsn"] is None for row in rows] == [False] * 4 + [True] * 3 + [False]


def test_single_topic_router_has_all_tables_in_one_topic():
    tables = {payload["source"]["table"] for payload in payloads("single_topic_router", "shop")}
    assert tables == {"orders", "customers", "refunds", "typed_orders"}
