"""What the golden files promise of themselves, without any server."""

import json
import re

import pytest

from tests.golden.configuration import HERE, configurations
from tests.golden.golden_record import GoldenRecord, read

NAMES = list(configurations())
UNAVAILABLE = "__debezium_unavailable_value"
ORDERS = "shop.public.orders"
CUSTOMERS = "shop.public.customers"
REFUNDS = "shop.public.refunds"
TYPED = "shop.public.typed_orders"


def payloads(name: str, topic: str) -> list[dict]:
    """Return the values of a topic that are no tombstones, without their schemas."""
    return [record.payload() for record in read(name) if record.topic == topic and record.value is not None]


def operations(name: str, topic: str) -> str:
    return "".join(payload["op"] for payload in payloads(name, topic))


def schema_of(record: GoldenRecord, field: str) -> dict:
    """Return the schema of a column of the row after the change."""
    (after,) = (part for part in json.loads(record.value)["schema"]["fields"] if part["field"] == "after")
    (column,) = (part for part in after["fields"] if part["field"] == field)
    return column


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


def test_schemas_enabled_says_what_its_numbers_mean():
    record = next(record for record in read("schemas_enabled") if record.topic == TYPED)
    assert json.loads(record.value).keys() == json.loads(record.key).keys() == {"schema", "payload"}
    assert {field: schema_of(record, field).get("name") for field in record.payload()["after"]} == {
        "id": "io.debezium.data.Uuid",
        "customer_id": None,
        "total": "io.debezium.data.VariableScaleDecimal",
        "tax": "org.apache.kafka.connect.data.Decimal",
        "placed_ms": "io.debezium.time.Timestamp",
        "placed_us": "io.debezium.time.MicroTimestamp",
        "placed_on": "io.debezium.time.Date",
        "placed_at": "io.debezium.time.ZonedTimestamp",
        "deleted_at": "io.debezium.time.ZonedTimestamp",
    }
    assert schema_of(record, "tax")["parameters"]["scale"] == "4"


def test_flattened_rows_carry_what_was_asked_for():
    rows = payloads("flattened", ORDERS)
    assert "".join(row["__op"] for row in rows) == "rrrcuududccudcc"
    for row in rows:
        assert row["__lsn"] > 0
        assert row["__source_ts_ms"] > 0
        assert row["__deleted"] == ("true" if row["__op"] == "d" else "false")
        assert "before" not in row


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
