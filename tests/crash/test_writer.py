"""The shop in the database becomes what the shop in memory is, whatever happens to the connection."""

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import psycopg
import pytest

from tests.crash.actions import Generator
from tests.crash.writer import Writer

pytestmark = pytest.mark.stack

SHOP_SQL = Path(__file__).with_name("shop.sql")


@pytest.fixture
def dsn(fresh_database):
    dsn = fresh_database()
    with psycopg.connect(dsn) as shop:
        shop.execute(SHOP_SQL.read_text())
    return dsn


@pytest.fixture
def admin_dsn(postgres, dsn):
    return postgres.analytics.dsn("postgres", dsn.rpartition("/")[2])


def check(dsn, shop):
    with psycopg.connect(dsn, options="-c search_path=crash") as connection:
        customers = dict(connection.execute("SELECT id, merged_into FROM customers").fetchall())
        columns = "id, customer_id, total, status, currency"
        orders = {row[0]: row for row in connection.execute(f"SELECT {columns} FROM orders")}
        refunds = dict(connection.execute("SELECT id, order_id FROM refunds").fetchall())
        [clock] = connection.execute("SELECT shop_time FROM clock").fetchone()
    assert customers == shop.customers
    assert {
        id_: (o.id, o.customer_id, o.total, o.status, o.currency) for id_, o in shop.orders.items()
    } == orders
    assert refunds == shop.refunds
    assert clock == shop.clock


def test_every_action_does_in_the_database_what_it_does_in_memory(dsn):
    generator = Generator(seed=11)
    writer = Writer(dsn, on_outage=pytest.fail)
    for action in islice(generator, 1500):
        if action.garbage is None:
            writer.write(action)
    writer.close()
    check(dsn, generator.shop)


def test_each_action_is_made_once_however_often_the_connection_is_lost(dsn, admin_dsn):
    generator, dice, outages = Generator(seed=12), Random(12), Counter()
    writer = Writer(dsn, on_outage=lambda: outages.update(["lost"]))
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        for action in islice(generator, 300):
            if dice.random() < 0.2:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            if action.garbage is None:
                writer.write(action)
    writer.close()
    assert outages["lost"] > 20
    check(dsn, generator.shop)


def test_an_action_that_was_committed_before_its_connection_was_lost_is_not_made_again(dsn):
    generator = Generator(seed=13)
    actions = [
        action for action in islice(generator, 20) if action.garbage is None and not action.is_rolled_back
    ]
    first, second = Writer(dsn, on_outage=pytest.fail), Writer(dsn, on_outage=pytest.fail)
    for action in actions:
        first.write(action)
    for action in actions:  # it finds each step taken already
        second.write(action)
    for writer in (first, second):
        writer.close()
    check(dsn, generator.shop)
