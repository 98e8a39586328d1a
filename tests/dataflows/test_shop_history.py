"""The SELECT of a shop's history, run on Postgres and read as the backtest reads it."""

import csv
import io
import subprocess
import sys
import tomllib
from collections import defaultdict
from datetime import UTC, datetime

import psycopg
import pytest

from dataflows import shop
from models.backtest.orders import read
from tests.shops.preset import FOLDER, PLATFORMS

CRASH = FOLDER.parent / "crash"
AT = "2024-03-01 12:00:00+00"


def exported(connection, described):
    """The CSV that COPY writes."""
    with connection.cursor().copy(f"COPY ({shop.history(described)}) TO STDOUT CSV HEADER") as copy:
        return b"".join(copy).decode()


@pytest.mark.stack
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_orders_of_a_platform_are_those_that_the_table_is_made_of(fresh_database, name):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        connection.execute((FOLDER / f"{name}.sql").read_text())
        connection.execute((FOLDER / f"rows_{name}.sql").read_text())
        text = exported(connection, shop.load(name))
    instants = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        at = datetime.fromisoformat(row["placed_at"])
        instants[row["customer_id"]].append(at if at.tzinfo else at.replace(tzinfo=UTC))
    expected = tomllib.loads((FOLDER / "expected.toml").read_text())[name]
    assert read(io.StringIO(text, newline="")).customer.size == sum(row["order_count"] for row in expected)
    assert {who: (len(at), min(at), max(at)) for who, at in instants.items()} == {
        row["customer_id"]: (row["order_count"], row["first_purchase"], row["latest_purchase"])
        for row in expected
    }


@pytest.mark.stack
def test_an_order_goes_to_whom_up_to_three_merges_lead_to(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        connection.execute((CRASH / "shop.sql").read_text())
        customers = [("a", None), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")]
        orders = [(number, who, "paid", 10) for number, (who, _) in enumerate(customers)]
        orders += [(7, "a", "cancelled", 10), (8, "a", "paid", -10), (9, None, "paid", 10)]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO crash.customers VALUES (%s, %s, %s)",
                [(who, AT, into) for who, into in customers],
            )
            cursor.executemany(
                "INSERT INTO crash.orders (id, customer_id, status, total, placed_at)"
                " VALUES (%s, %s, %s, %s, %s)",
                [(*order, AT) for order in orders],
            )
        lines = exported(connection, shop.load(str(CRASH / "shop.toml"))).splitlines()
        purchases = connection.execute((CRASH / "purchases.sql").read_text()).fetchall()
    assert lines[0] == "customer_id,placed_at"
    accounts = sorted(line.partition(",")[0] for line in lines[1:])
    assert accounts == sorted(who for who, *_, is_order in purchases if is_order) == ["a", "a", "a", "a", "b"]


@pytest.mark.stack
@pytest.mark.parametrize("mark", ["boolean", "timestamptz"])
def test_what_is_marked_as_deleted_is_left_out_and_odd_names_are_quoted(fresh_database, tmp_path, mark):
    file = tmp_path / "shop.toml"
    demo = (shop.FOLDER / "demo.toml").read_text()
    for line, instead in [
        ('"public.orders"', '"public.Order"'),
        ('customer = "customer_id"', 'customer = "user"\ndeleted = "gone"'),
        ('"refunded"]', '"it\'s"]'),
        ('table = "public.customers"', 'table = "public.customers"\ndeleted = "gone"'),
    ]:
        assert line in demo
        demo = demo.replace(line, instead, 1)
    file.write_text(demo)
    gone, kept = ("true", "false") if mark == "boolean" else (f"'{AT}'", "NULL")
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        connection.execute(f"""
            CREATE TABLE customers (id int, gone {mark});
            CREATE TABLE "Order"
                (id int, "user" int, status text, placed_at date, total numeric, gone {mark});
            INSERT INTO customers VALUES (1, {kept}), (2, {gone}), (3, NULL);
            INSERT INTO "Order" VALUES
                (1, 1, 'it''s', '2024-03-01', 1, {kept}), (2, 1, 'paid', '2024-03-02', 1, {gone}),
                (3, 2, 'paid', '2024-03-03', 1, {kept}), (4, 3, 'paid', '2024-03-04', 1, NULL),
                (5, 1, 'paid', NULL, 1, NULL);
            """)
        lines = exported(connection, shop.load(str(file))).splitlines()
    assert sorted(lines[1:]) == ["1,2024-03-01", "3,2024-03-04"]


def test_the_command_prints_one_select_in_one_line():
    command = [sys.executable, "-m", "dataflows.shop", "demo", "history"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == shop.history(shop.load("demo")) + "\n"
    assert printed.count("\n") == 1
