"""Each preset names tables, columns and statuses that its platform has, and means by them what it should."""

import tomllib
from collections.abc import Callable

import psycopg
import pytest

from tests.shops.oracle import rfm
from tests.shops.preset import COLUMNS, FOLDER, PLATFORMS, columns, load, parts

KEYS = {
    "connector": {"topic_prefix", "envelope", "version", "decimals"},
    "heartbeat": {"table", "time"},
    "orders": {"table", "counted", "unit", "scale", *COLUMNS["orders"]},
    "customers": {"table", *COLUMNS["customers"]},
    "adjustments": {"table", "counted", "effect", *COLUMNS["adjustments"]},
    "money": {"currency", "rates"},
    "calendar": {"time_zone"},
}
NEEDED = {
    "orders": {"table", "id", "customer", "status", "counted", "placed_at"},
    "customers": {"table", "id"},
    "adjustments": {"table", "id", "order", "amount", "effect"},
}
# All statuses that an order can have.
STATUSES = {
    # simulator/shop.sql
    "demo": {"pending", "paid", "shipped", "cancelled", "refunded"},
    # github.com/saleor/saleor, saleor/order/__init__.py, OrderStatus
    "saleor": {
        "draft",
        "unconfirmed",
        "unfulfilled",
        "partially fulfilled",
        "fulfilled",
        "partially_returned",
        "returned",
        "canceled",
        "expired",
    },
    # github.com/medusajs/medusa, packages/core/utils/src/order/status.ts, OrderStatus
    "medusa": {"pending", "completed", "draft", "archived", "canceled", "requires_action"},
    # github.com/spree/spree, spree/core/app/models/spree/order/checkout.rb, and scope canceled of order.rb
    "spree": {
        "cart",
        "address",
        "delivery",
        "payment",
        "confirm",
        "complete",
        "canceled",
        "partially_canceled",
        "resumed",
        "awaiting_return",
        "returned",
    },
}
IDS = {"smallint", "integer", "bigint", "text", "character varying", "uuid"}
NUMBERS = {"numeric"}
INSTANTS = {"timestamp with time zone", "timestamp without time zone"}
TEXTS = {"text", "character varying", "character"}
TYPES = {
    **dict.fromkeys(["id", "customer", "merged_into", "order"], IDS),
    **dict.fromkeys(["total", "refunded", "amount"], NUMBERS),
    **dict.fromkeys(["placed_at", "deleted"], INSTANTS),
    **dict.fromkeys(["status", "currency"], TEXTS),
}
Types = dict[str, dict[str, str]]


@pytest.mark.parametrize("name", STATUSES)
def test_a_preset_has_the_keys_of_a_shop_file_and_no_other(name: str) -> None:
    preset = load(name)
    assert {"connector", "heartbeat", "orders", "customers", "money"} <= set(preset) <= set(KEYS)
    for section in preset.keys() - {"adjustments"}:
        assert set(preset[section]) <= KEYS[section]
    for section, part in parts(preset):
        assert NEEDED[section] <= set(part) <= KEYS[section]
    assert preset["heartbeat"] == {"table": "cdc.heartbeat", "time": "shop_time"}


@pytest.mark.parametrize("name", STATUSES)
def test_a_preset_values_orders(name: str) -> None:
    preset = load(name)
    effects = [adjustments["effect"] for adjustments in preset.get("adjustments", [])]
    assert set(effects) <= {"add", "subtract"}
    assert "total" in preset["orders"] or "add" in effects


@pytest.mark.parametrize("name", STATUSES)
def test_a_preset_counts_some_of_the_statuses_that_there_are(name: str) -> None:
    counted = load(name)["orders"]["counted"]
    assert len(counted) == len(set(counted)) > 0
    assert set(counted) < STATUSES[name]


@pytest.fixture
def shop(fresh_database: Callable[[], str]) -> Callable[[str], psycopg.Connection]:
    """A function that makes a platform's tables in a database of their own and returns the connection."""

    def make(name: str) -> psycopg.Connection:
        connection = psycopg.connect(fresh_database(), autocommit=True)
        tables = FOLDER / f"{name}.sql" if name != "demo" else FOLDER.parents[1] / "simulator" / "shop.sql"
        connection.execute(tables.read_text())
        return connection

    return make


def types(connection: psycopg.Connection) -> Types:
    """The data type of each column of each table."""
    found: Types = {}
    for table, column, data_type in connection.execute(
        "SELECT table_schema || '.' || table_name, column_name, data_type FROM information_schema.columns"
    ):
        found.setdefault(table, {})[column] = data_type
    return found


@pytest.mark.stack
@pytest.mark.parametrize("name", STATUSES)
def test_every_column_exists_and_has_a_type_that_can_be_read(
    shop: Callable[[str], psycopg.Connection], name: str
) -> None:
    with shop(name) as connection:
        found = types(connection)
    for (table, key), column in columns(load(name)).items():
        assert found[table][column] in TYPES[key], f"{key} of {table}"


@pytest.mark.stack
@pytest.mark.parametrize("name", STATUSES)
def test_ids_are_the_primary_keys_by_which_changes_are_keyed(
    shop: Callable[[str], psycopg.Connection], name: str
) -> None:
    with shop(name) as connection:
        keys = connection.execute(
            "SELECT key.table_schema || '.' || key.table_name, key.column_name"
            " FROM information_schema.key_column_usage AS key"
            " JOIN information_schema.table_constraints USING (constraint_schema, constraint_name)"
            " WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    for _, part in parts(load(name)):
        assert [column for table, column in keys if table == part["table"]] == [part["id"]]


@pytest.mark.stack
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_example_rows_come_out_as_added_up_by_hand(
    shop: Callable[[str], psycopg.Connection], name: str
) -> None:
    with shop(name) as connection:
        connection.execute((FOLDER / f"rows_{name}.sql").read_text())
        found = rfm(connection, load(name))
    assert found == tomllib.loads((FOLDER / "expected.toml").read_text())[name]
