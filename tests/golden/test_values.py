"""Amounts and instants stand in the golden files as the configurations promise."""

import json

import pytest

from tests.golden.golden_record import GoldenRecord, read
from tests.golden.payloads import ORDERS, TYPED, payloads


def schema_of(record: GoldenRecord, field: str) -> dict:
    """Return the schema of a column of the row after the change."""
    schema = json.loads(record.value)["schema"]
    rows = [part for part in schema["fields"] if part["field"] == "after"] or [schema]
    (column,) = (part for part in rows[0]["fields"] if part["field"] == field)
    return column


def first_typed(name: str) -> dict:
    """Return the row of table typed_orders that the snapshot read."""
    return payloads(name, TYPED)[0]["after"]


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


def test_schemas_enabled_string_says_that_its_strings_are_times():
    record = next(record for record in read("schemas_enabled_string") if record.topic == TYPED)
    assert schema_of(record, "total") == {"type": "string", "optional": True, "field": "total"}
    assert schema_of(record, "placed_us")["name"] == "io.debezium.time.IsoTimestamp"
    assert schema_of(record, "placed_on")["name"] == "io.debezium.time.IsoDate"


def test_connect_times_schemas_has_connects_own_types():
    record = next(record for record in read("connect_times_schemas") if record.topic == TYPED)
    assert schema_of(record, "placed_us")["name"] == "org.apache.kafka.connect.data.Timestamp"
    assert schema_of(record, "placed_on")["name"] == "org.apache.kafka.connect.data.Date"


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("full_string_isostring", ["2026-01-01T12:00:00.123Z", "2026-01-01T12:00:00.123456Z", "2026-01-01Z"]),
        ("precise_adaptive", [1767268800123, 1767268800123456, 20454]),
        ("schemas_enabled", [1767268800123, 1767268800123456, 20454]),
        ("double_microseconds", [1767268800123, 1767268800123456, 20454]),
        ("connect_times", [1767268800123, 1767268800123, 20454]),
        ("connect_times_schemas", [1767268800123, 1767268800123, 20454]),
        ("nanoseconds", [1767268800123000000, 1767268800123456000, 20454]),
    ],
)
def test_instants_come_in_the_unit_of_the_configuration(name, placed):
    row = first_typed(name)
    assert [row["placed_ms"], row["placed_us"], row["placed_on"]] == placed
    assert row["placed_at"] == "2026-01-01T12:00:00.123456Z"


@pytest.mark.parametrize(
    ("name", "total", "tax"),
    [
        ("full_string_isostring", "19.9", "3.1774"),
        ("double_microseconds", 19.9, 3.1774),
        ("precise_adaptive", {"scale": 1, "value": "AMc="}, "fB4="),
        ("schemas_enabled", {"scale": 1, "value": "AMc="}, "fB4="),
    ],
)
def test_amounts_come_as_the_configuration_says(name, total, tax):
    row = first_typed(name)
    assert (row["total"], row["tax"]) == (total, tax)


def test_flattened_schemas_says_what_its_numbers_mean():
    record = next(record for record in read("flattened_schemas") if record.topic == ORDERS)
    assert schema_of(record, "total")["parameters"]["scale"] == "2"


def edge_rows(name: str, topic: str, operation: str) -> dict[str, dict]:
    """Return rows by the end of their ids, as the snapshot read them (r) or after an update (u)."""
    changes = payloads(name, topic)
    return {str(p["after"]["id"])[-3:]: p["after"] for p in changes if p["op"] == operation}


@pytest.mark.parametrize("operation", ["r", "u"])
@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("edge_values", ["NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY", "0.0000001"]),
        ("edge_values_precise_adaptive", [None, None, None, {"scale": 7, "value": "AQ=="}]),
        ("edge_values_double_microseconds", ["NaN", "Infinity", "-Infinity", 1e-07]),
    ],
)
def test_edge_values_have_amounts_that_are_no_numbers(name, operation, amounts):
    rows = edge_rows(name, TYPED, operation)
    assert [rows[number]["total"] for number in ("011", "016", "017", "012")] == amounts
    assert edge_rows(name, ORDERS, operation)["201"]["total"] == amounts[0]


@pytest.mark.parametrize("operation", ["r", "u"])
def test_edge_values_have_instants_that_datetime_cannot_hold(operation):
    rows = edge_rows("edge_values", ORDERS, operation)
    assert [rows[number]["placed_at"] for number in ("201", "202", "203", "807")] == [
        "infinity",
        "-infinity",
        "-0043-03-15T12:00:00.000000Z",
        "+12345-06-07T08:09:10.000000Z",
    ]
    infinite = edge_rows("edge_values_precise_adaptive", TYPED, operation)
    assert infinite["011"]["placed_ms"] == 9223372036825200000
    assert infinite["012"]["placed_us"] == -9223372036854775808


def test_edge_values_have_dates_on_which_snapshot_and_stream_disagree():
    dates = {
        operation: [
            edge_rows("edge_values", TYPED, operation)[number]["placed_on"] for number in ("011", "013")
        ]
        for operation in "ru"
    }
    assert dates == {
        "r": ["+292278994-08-16Z", "0044-03-15Z"],
        "u": ["+5877611-06-21Z", "-0043-03-15Z"],
    }
