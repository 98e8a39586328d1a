"""What is captured is chosen by SHOP_COLUMNS: those columns leave the shop's database, and no others."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from confluent_kafka import Consumer

from stack.postgres import binaries
from stack.stack import Stack
from tests.debezium.conftest import wait_for
from tests.debezium.test_connector import TABLES
from tests.debezium.test_register import REGISTER, register_copy
from tests.shops.preset import FOLDER, PLATFORMS, columns, load, parts

POSTGRES = REGISTER.with_name("postgres.sql")
Shop = Callable[[str], str]


def chosen(name: str) -> str:
    """SHOP_COLUMNS for a preset."""
    named = {f"{table}.{column}" for (table, _), column in columns(load(name)).items()}
    return ",".join(sorted(named))


@pytest.fixture
def shop(postgres: Stack, fresh_database: Callable[[], str]) -> Shop:
    """A function that makes a platform's tables, to be captured, in a new database and returns its name."""

    def make(name: str) -> str:
        database = fresh_database().rsplit("/", 1)[1]
        postgres.postgres.run_sql(FOLDER / f"{name}.sql", database, "postgres")
        postgres.postgres.run_sql(POSTGRES, database, "postgres", SHOP_COLUMNS=chosen(name))
        return database

    return make


def published(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = 'retentioncast'"
    )
    return {table for (table,) in rows}


@pytest.mark.stack
def test_without_a_choice_it_is_the_tables_that_the_connector_includes(postgres: Stack) -> None:
    with psycopg.connect(postgres.endpoints().shop_admin_dsn) as admin:
        assert published(admin) == set(TABLES)


@pytest.mark.stack
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_presets_tables_are_published_with_full_before_images(
    postgres: Stack, shop: Shop, name: str
) -> None:
    with psycopg.connect(postgres.postgres.dsn("postgres", shop(name))) as admin:
        tables = {part["table"] for _, part in parts(load(name))}
        assert published(admin) == {*tables, "cdc.heartbeat"}
        full = admin.execute(
            "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class WHERE relreplident = 'f'"
        )
        assert {table for (table,) in full} == tables


@pytest.mark.stack
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_capturing_role_reads_the_columns_of_a_preset_and_no_others(
    postgres: Stack, shop: Shop, name: str
) -> None:
    with psycopg.connect(postgres.postgres.dsn("capture", shop(name))) as capture:
        rows = capture.execute(
            "SELECT oid::regclass, relnamespace::regnamespace || '.' || relname || '.' || attname"
            " FROM pg_class JOIN pg_attribute ON attrelid = oid"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0"
            " AND has_column_privilege(oid, attnum, 'SELECT')"
        )
        assert ",".join(sorted(path for _, path in rows)) == chosen(name)


@pytest.mark.stack
def test_a_later_choice_adds_to_an_earlier_one(postgres: Stack, shop: Shop) -> None:
    database = shop("medusa")
    added = "public.order.display_id,public.order.id"
    for columns_now in [f"{chosen('medusa')},{added}", chosen("medusa")]:
        postgres.postgres.run_sql(POSTGRES, database, "postgres", SHOP_COLUMNS=columns_now)
    with psycopg.connect(postgres.postgres.dsn("capture", database)) as capture:
        capture.execute('SELECT display_id, customer_id FROM "order"')
        assert len(published(capture)) == 4


@pytest.mark.parametrize("given", ["public.orders", "public.orders.id,", "public.orders.id; DROP", 'a.b."c"'])
def test_a_choice_that_is_no_list_of_columns_is_refused(given: str) -> None:
    done = subprocess.run(
        ["sh", REGISTER],
        env={"PATH": "/usr/bin:/bin", "SHOP_COLUMNS": given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"SHOP_COLUMNS is not SCHEMA.TABLE.COLUMN,SCHEMA.TABLE.COLUMN,…: {given}" in done.stderr


@pytest.fixture
def connector(stack: Stack, shop: Shop) -> Iterator[Callable[[str], None]]:
    """A function that captures a platform's tables under its name, and then fills them."""
    registered: list[str] = []

    def register(name: str) -> None:
        database = shop(name)
        registered.append(name)
        done = register_copy(
            stack,
            name,
            {
                "database.dbname": database,
                "topic.prefix": name,
                "slot.name": name,
                "slot.drop.on.stop": "true",
            },
            SHOP_COLUMNS=chosen(name),
            SHOP_DB_HOST="127.0.0.1",
            SHOP_DB_PORT=str(stack.postgres.port),
            SHOP_DB_NAME=database,
            SHOP_DB_USER="capture",
            SHOP_DB_PASSWORD=stack.home.secret("capture"),
            PATH=f"{binaries()}{os.pathsep}{os.environ['PATH']}",
        )
        assert done.returncode == 0, done.stderr
        assert "not checked" not in done.stderr
        stack.postgres.run_sql(FOLDER / f"rows_{name}.sql", database, "postgres")

    yield register
    for name in registered:
        subprocess.run(["curl", "-fsS", "-X", "DELETE", f"{stack.connect.url}/connectors/{name}"], check=True)
        with psycopg.connect(stack.endpoints().shop_admin_dsn, autocommit=True) as admin:
            deadline = time.monotonic() + 60
            while admin.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", [name]).fetchone():
                assert time.monotonic() < deadline, f"slot {name} is still there"
                time.sleep(0.1)


@pytest.mark.stack
@pytest.mark.parametrize("name", PLATFORMS)
def test_changes_arrive_with_the_columns_of_a_preset_and_no_others(
    connector: Callable[[str], None], consumer: Consumer, name: str
) -> None:
    connector(name)
    preset = load(name)
    expected = {part["table"]: set() for _, part in parts(preset)}
    for (table, _), column in columns(preset).items():
        expected[table].add(column)
    for table, names in expected.items():
        event = wait_for(consumer, f"{name}.{table}", 1, lambda event: event["op"] in "cu")
        assert set(event["after"]) == names
    moved = wait_for(consumer, f"{name}.{preset['orders']['table']}", 1, lambda event: event["op"] == "u")
    assert moved["before"].keys() == moved["after"].keys()
    wait_for(consumer, f"{name}.cdc.heartbeat", 1, lambda event: "shop_time" in event["after"])
