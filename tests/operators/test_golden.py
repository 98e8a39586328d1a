"""The golden files through the flow's stages: however the connector writes, the same customers come out."""

from datetime import UTC, datetime

import msgspec
import pytest

from operators import reject
from operators.chunk import Record
from operators.instant import to_us
from operators.shop import Shop
from tests.golden.golden_record import read
from tests.pipeline import Pipeline
from tests.shop_files import DEMO, EVERYTHING

PLAIN = msgspec.structs.replace(
    EVERYTHING, orders=msgspec.structs.replace(EVERYTHING.orders, deleted=None)
)  # the golden shop has no soft deletes in its orders
FLAT = {"envelope": "flattened"}
PRECISE = {"decimals": "precise"}
SHOPS = {
    "full_string_isostring": {},
    "schemas_enabled": {},
    "schemas_enabled_string": {},
    "precise_adaptive": PRECISE,
    "double_microseconds": {"decimals": "double"},
    "connect_times": {},
    "connect_times_schemas": {},
    "nanoseconds": {},
    "flattened": FLAT,
    "flattened_without_lsn": {**FLAT, "version": "offset"},
    "flattened_schemas": FLAT,
    "tombstones": {},
    "tx_metadata": {},
    "heartbeat_logical_message": {},
    "default_identity": {},
}


def shop(base=PLAIN, *, scale=None, unit=None, **connector):
    replace = msgspec.structs.replace
    return replace(
        base,
        connector=replace(base.connector, **connector),
        orders=replace(base.orders, scale=scale, unit=unit),
        adjustments=[replace(part, scale=scale) for part in base.adjustments],
    )


def run(name, risk, captured):
    """Read the golden file up to the truncate that ends it."""
    pipeline = Pipeline(captured, risk, 0)
    records = [
        Record(f"{r.topic}:{r.partition}", r.offset, r.key and r.key.encode(), r.value and r.value.encode())
        for r in read(name)
        if r.topic in captured.topics
    ]
    pipeline.read(records)
    return pipeline


def lines(pipeline):
    return {id_: (row.order_count, row.cents) for id_, row in pipeline.rows.items()}


# The shop at the end of changes.sql: 101 (19.90) less its refund of 5.00, and a credit of 10.00, for 1; 107
# (99.99 USD) and 104 (80.00 - 20.50) for 2; 1103, free of charge, for 3. Order 102 and customer 4 are gone.
EXPECTED = {"1": (1, 490), "2": (2, 5950 + 9154), "3": (1, 0)}


@pytest.mark.parametrize("name", SHOPS)
def test_every_configuration_makes_the_same_customers(risk, name):
    options = SHOPS[name]
    base = msgspec.structs.replace(PLAIN, customers=None) if "version" in options else PLAIN
    pipeline = run(name, risk, shop(base, scale=2 if options is PRECISE else None, **options))
    expected = dict(EXPECTED)
    if name == "default_identity":  # 108 and 109 are its own; the deleted refund has an invented order 0
        expected["1"] = (3, 490 + 1000 + 600)
        expected["3"] = (1, -1130)
    assert lines(pipeline) == expected
    truncated = 0 if "flattened" in name else 1
    assert [r.reason for r in pipeline.rejects] == [reject.TRUNCATE] * truncated
    assert pipeline.now_us == (None if name == "heartbeat_logical_message" else 1777636800_123456)
    assert len(pipeline.receipts) == (base is PLAIN)


def test_a_status_that_the_log_does_not_repeat_is_remembered(risk):
    """Order 109 is refunded while its status, too long to be sent again, does not count; then it does."""
    pipeline = run("default_identity", risk, shop())
    assert lines(pipeline)["1"][0] == 3


def test_without_before_images_a_shop_of_whole_orders_rejects_what_it_cannot_know(risk):
    pipeline = run("default_identity", risk, DEMO)
    assert {r.reason for r in pipeline.rejects} == {reject.BEFORE_IMAGE, reject.CURRENCY, reject.TRUNCATE}


def test_an_incremental_snapshot_changes_nothing(risk):
    pipeline = run("incremental_snapshot", risk, shop())
    assert lines(pipeline) == {"1": (1, 1490), "2": (1, 123456789012), "3": (1, 0)}
    assert pipeline.rejects == []


def test_flattened_incremental_snapshots_without_a_sequence_are_rejected(risk):
    pipeline = run("flattened_incremental_snapshot", risk, shop(**FLAT))
    assert {r.reason for r in pipeline.rejects} == {reject.MISSING_FIELD}
    assert "source.sequence" in pipeline.rejects[0].error


def test_added_and_widened_columns_are_read_and_dropped_and_renamed_ones_rejected(risk):
    pipeline = run("schema_change", risk, shop())
    assert lines(pipeline)["1"] == (3, 1490 + 100 + 400)
    assert [r.reason for r in pipeline.rejects] == [
        reject.AMOUNT,  # 303: 3.0001
        reject.CURRENCY,  # 305: null
        reject.MISSING_FIELD,  # 306: refunded was dropped
        reject.MISSING_FIELD,  # 307: and status renamed
        reject.MISSING_FIELD,  # 301, updated
    ]


def test_a_table_that_is_emptied_is_told(risk):
    pipeline = run("truncate", risk, shop())
    assert [r.reason for r in pipeline.rejects] == [reject.TRUNCATE] * 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("edge_values", {}),
        ("edge_values_precise_adaptive", {"decimals": "precise", "scale": 2}),
        ("edge_values_double_microseconds", {"decimals": "double"}),
    ],
)
def test_values_that_postgres_allows_and_no_order_has_are_rejected(risk, name, options):
    pipeline = run(name, risk, shop(**options))
    assert lines(pipeline)["1"] == (1, 1490)
    rejected = {r.reason for r in pipeline.rejects}
    assert rejected <= {reject.AMOUNT, reject.INVALID_FIELD, reject.CURRENCY}
    assert len(pipeline.rejects) >= 4


TYPED = """
    [connector]
    topic_prefix = "shop"
    [heartbeat]
    table = "cdc.heartbeat"
    time = "shop_time"
    [orders]
    table = "public.typed_orders"
    id = "id"
    customer = "customer_id"
    placed_at = "%s"
    total = "total"
    [money]
    currency = "EUR"
    [calendar]
    time_zone = "Europe/Berlin"
"""
EXACT_US = to_us(datetime(2026, 1, 1, 12, 0, 0, 123456, UTC))
MIDNIGHT_US = to_us(datetime(2025, 12, 31, 23, tzinfo=UTC))  # in Berlin


@pytest.mark.parametrize(
    ("name", "column", "unit", "placed_us"),
    [
        ("full_string_isostring", "placed_at", None, EXACT_US),
        ("full_string_isostring", "placed_us", None, EXACT_US),
        ("full_string_isostring", "placed_ms", None, EXACT_US - 456),
        ("full_string_isostring", "placed_on", "days", MIDNIGHT_US),
        ("precise_adaptive", "placed_at", None, EXACT_US),
        ("precise_adaptive", "placed_us", "microseconds", EXACT_US),
        ("precise_adaptive", "placed_ms", "milliseconds", EXACT_US - 456),
        ("precise_adaptive", "placed_on", "days", MIDNIGHT_US),
        ("nanoseconds", "placed_us", "nanoseconds", EXACT_US),
        ("connect_times", "placed_us", "milliseconds", EXACT_US - 456),
        ("connect_times", "placed_on", "days", MIDNIGHT_US),
        ("schemas_enabled", "placed_at", None, EXACT_US),
        ("schemas_enabled", "placed_us", None, EXACT_US),
        ("schemas_enabled", "placed_ms", None, EXACT_US - 456),
        ("schemas_enabled", "placed_on", None, MIDNIGHT_US),
        ("schemas_enabled_string", "placed_us", None, EXACT_US),
        ("schemas_enabled_string", "placed_on", None, MIDNIGHT_US),
        ("connect_times_schemas", "placed_us", None, EXACT_US - 456),
        ("connect_times_schemas", "placed_on", None, MIDNIGHT_US),
        ("flattened_schemas", "placed_us", None, EXACT_US),
    ],
)
def test_every_way_to_write_an_instant_and_an_unconstrained_amount(risk, name, column, unit, placed_us):
    captured = msgspec.toml.decode((TYPED % column).encode(), type=Shop)
    decimals = "precise" if name == "precise_adaptive" else "string"
    envelope = "flattened" if "flattened" in name else "full"
    pipeline = run(name, risk, shop(captured, unit=unit, decimals=decimals, envelope=envelope))
    row = pipeline.rows["1"]
    assert (row.first_purchase_us, row.cents) == (placed_us, 1990)


def test_a_number_without_a_unit_is_not_guessed(risk):
    captured = msgspec.toml.decode((TYPED % "placed_us").encode(), type=Shop)
    pipeline = run("precise_adaptive", risk, shop(captured, decimals="precise"))
    assert pipeline.rows == {}
    assert {r.reason for r in pipeline.rejects} == {reject.INVALID_FIELD}
