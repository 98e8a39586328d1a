"""What is captured is chosen by SHOP_COLUMNS: those columns leave the shop, no others, and they suffice."""

import os
import subprocess
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from confluent_kafka import Consumer
from psycopg import sql

from dataflows import shop as shop_file
from operators.chunk import Record
from operators.instant import to_datetime
from operators.risk import Risk
from stack.postgres import binaries
from stack.stack import Stack
from tests.debezium.conftest import wait_for
from tests.debezium.test_connector import TABLES
from tests.debezium.test_register import REGISTER, register_copy
from tests.e2e.topics import read_all
from tests.pipeline import Pipeline
from tests.shops.preset import FOLDER, PLATFORMS, columns, load, parts

POSTGRES = REGISTER.with_name("postgres.sql")
Shop = Callable[[str], str]


def chosen(name: str) -> str:
    """SHOP_COLUMNS for a preset."""
    return ",".join(sorted(shop_file.load(name).columns))


@pytest.fixture
def shop(postgres: Stack) -> Iterator[Shop]:
    """A function that makes a platform's tables, to be captured, in a new database and returns its name."""
    names: list[str] = []
    with psycopg.connect(postgres.endpoints().shop_admin_dsn, autocommit=True) as admin:

        def make(name: str) -> str:
            database = f"test_{uuid.uuid4().hex}"
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            names.append(database)
            postgres.postgres.run_sql(FOLDER / f"{name}.sql", database, "postgres")
            postgres.postgres.run_sql(POSTGRES, database, "postgres", SHOP_COLUMNS=chosen(name))
            return database

        yield make
        for database in names:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


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
def connector(stack: Stack, shop: Shop) -> Iterator[Callable[[str], int]]:
    """A function that captures a platform's tables under its name, fills them, and returns the last LSN."""
    registered: list[str] = []

    def register(name: str) -> int:
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
        with psycopg.connect(stack.endpoints().shop_admin_dsn) as admin:
            [[lsn]] = admin.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchall()
        return int(lsn)

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
def test_changes_arrive_with_the_columns_of_a_preset_no_others_and_make_its_customers(
    stack: Stack, connector: Callable[[str], int], consumer: Consumer, risk: Risk, name: str
) -> None:
    lsn = connector(name)
    preset = load(name)
    expected = {part["table"]: set() for _, part in parts(preset)}
    for (table, _), column in columns(preset).items():
        expected[table].add(column)
    for table, names in expected.items():
        event = wait_for(consumer, f"{name}.{table}", 1, lambda event: event["op"] in "cu")
        assert set(event["after"]) == names
    moved = wait_for(consumer, f"{name}.{preset['orders']['table']}", 1, lambda event: event["op"] == "u")
    assert moved["before"].keys() == moved["after"].keys()
    wait_for(consumer, f"{name}.cdc.heartbeat", 1, lambda event: event["source"]["lsn"] > lsn)
    assert customers(stack, risk, name) == tomllib.loads((FOLDER / "expected.toml").read_text())[name]


def customers(stack: Stack, risk: Risk, name: str) -> list[dict[str, Any]]:
    """The rows that the flow's stages make of what has been captured; nothing of it is rejected."""
    captured = shop_file.load(name)
    prefixed = msgspec.structs.replace(captured.connector, topic_prefix=name)
    captured = msgspec.structs.replace(captured, connector=prefixed)
    pipeline = Pipeline(captured, risk)
    for topic in captured.topics:
        pipeline.read(
            Record(f"{topic}:{message.partition()}", message.offset(), message.key(), message.value())
            for message in read_all(stack.endpoints().kafka_bootstrap, topic)
        )
    assert pipeline.rejects == []
    assert pipeline.now_us is not None
    return [
        {
            "customer_id": id_,
            "order_count": row.order_count,
            "order_value": f"{row.cents // 100}.{row.cents % 100:02}",
            "first_purchase": to_datetime(row.first_purchase_us),
            "latest_purchase": to_datetime(row.latest_purchase_us),
        }
        for id_, row in sorted(pipeline.rows.items())
    ]
