"""The simulator against a real Postgres."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from itertools import pairwise

import psycopg
import pytest

from simulator import snapshot
from simulator.history import stop_clock, write_history
from simulator.instants import DAY_US, from_datetime, to_datetime
from simulator.live import run_live
from simulator.names import Names
from simulator.shop import ShopError
from tests.simulator.conftest import ROOT, UNTIL, population, simulator

pytestmark = pytest.mark.stack

SHOP = population(customers=2000, days=60)
AUDIT = """
CREATE TABLE audit (target text, operation text, placed_at timestamptz, clock timestamptz);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit VALUES (tg_table_name, tg_op, CASE WHEN tg_table_name = 'orders' AND tg_op = 'INSERT'
        THEN (to_jsonb(new)->>'placed_at')::timestamptz END, cdc.shop_now());
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW EXECUTE FUNCTION note();
"""


@pytest.fixture
def shop(dsn):
    """A connection to a shop with a history."""
    write_history(dsn, SHOP)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def value(connection, query):
    return connection.execute(query).fetchone()[0]


def clock(connection):
    return value(connection, "SELECT cdc.shop_now()")


def assert_tables_are(connection, before_us):
    """The shop's rows are exactly those of the population at this instant."""
    names = Names(SHOP.seed)
    generations = [SHOP.generation(index) for index in SHOP.generations(SHOP.start_us, before_us)]
    for table, columns, rows in (
        (
            "customers",
            "id, email, name, created_at, merged_into",
            lambda g: snapshot.customers(g, names, before_us),
        ),
        (
            "orders",
            "id, customer_id, status, total, refunded, placed_at",
            lambda g: snapshot.orders(g, before_us),
        ),
    ):
        connection.execute(f"CREATE TEMP TABLE expected AS SELECT {columns} FROM {table} LIMIT 0")
        with connection.cursor() as cursor, cursor.copy("COPY expected FROM STDIN") as copy:
            for generation in generations:
                copy.write("".join(rows(generation)))
        actual = f"SELECT {columns} FROM {table}"
        difference = connection.execute(
            f"(TABLE expected EXCEPT ALL {actual}) UNION ALL ({actual} EXCEPT ALL TABLE expected)"
        ).fetchall()
        connection.execute("DROP TABLE expected")
        assert not difference


def start_live(dsn, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", "live", *arguments],
        cwd=ROOT,
        env=os.environ | {"SHOP_DSN": dsn},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_history_is_the_population_at_its_end(shop):
    assert_tables_are(shop, SHOP.until_us)
    assert clock(shop) == UNTIL
    assert value(shop, "SELECT count(*) FROM truth.customers") == 2000


def test_the_history_command_counts_what_it_wrote(dsn):
    result = simulator("history", "--customers", "500", "--days", "50", dsn=dsn)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    with psycopg.connect(dsn) as connection:
        assert report["customers"] == value(connection, "SELECT count(*) FROM customers")
        assert report["orders"] == value(connection, "SELECT count(*) FROM orders")
        assert report["shop_now"] == clock(connection).isoformat()


def test_a_history_never_overwrites_a_shop(shop, dsn):
    result = simulator("history", dsn=dsn)
    assert result.returncode == 1
    assert "already has customers" in result.stderr
    assert_tables_are(shop, SHOP.until_us)


def test_the_clock_does_not_go_back_when_a_history_is_written(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        before = clock(connection)
        until = stop_clock(dsn)
        assert before < until == clock(connection)
        write_history(dsn, population(customers=100, until_us=from_datetime(until)))
        assert clock(connection) == until


def test_live_makes_exactly_the_populations_changes(shop, dsn):
    shop.execute(AUDIT)
    summary = run_live(dsn, day_seconds=0.001, days=20.5)
    end_us = SHOP.until_us + round(20.5 * DAY_US)
    assert_tables_are(shop, end_us)
    assert clock(shop) == to_datetime(end_us)
    audited = dict(
        shop.execute("SELECT target || ' ' || operation, count(*) FROM audit GROUP BY 1").fetchall()
    )
    assert audited == {
        "orders INSERT": summary["orders"],
        "orders UPDATE": summary["updates"],
        "orders DELETE": summary["deletes"],
        "customers INSERT": summary["customers"],
        "customers UPDATE": summary["merges"],
        "customers DELETE": summary["erasures"],
    }
    assert all(summary.values()), "some kind of change is missing"
    assert value(shop, "SELECT bool_and(placed_at < clock) FROM audit WHERE placed_at IS NOT NULL")


def test_no_order_comes_in_behind_the_clock(shop, dsn):
    shop.execute(AUDIT)
    seen = "SELECT cdc.shop_now(), (SELECT count(*) FROM audit WHERE placed_at < cdc.shop_now())"
    looks = []
    live = threading.Thread(target=run_live, args=(dsn, 0.5, 4))
    live.start()
    while live.is_alive():
        looks.append(shop.execute(seen).fetchone())
    live.join()
    times = [time for time, _ in looks]
    assert all(a <= b for a, b in pairwise(times))
    assert len(set(times)) > 20
    placed = sorted(at for (at,) in shop.execute("SELECT placed_at FROM audit WHERE placed_at IS NOT NULL"))
    assert placed
    assert looks == [(time, bisect_left(placed, time)) for time in times]


def test_the_clock_keeps_the_pace_asked_for(shop, dsn):
    began = time.monotonic()
    run_live(dsn, day_seconds=0.5, days=4)
    assert time.monotonic() - began > 0.5 * 4 * 0.95


def test_a_run_that_was_killed_is_continued_exactly(shop, dsn):
    for number in (signal.SIGKILL, signal.SIGTERM):
        before = clock(shop)
        live = start_live(dsn, "--day-seconds", "0.2")
        wait_for(lambda before=before: (clock(shop) - before).days >= 2)
        live.send_signal(number)
        live.communicate(timeout=30)
        stood = clock(shop)
        time.sleep(0.2)
        assert clock(shop) == stood, "the clock stands while nobody simulates"
        assert_tables_are(shop, from_datetime(stood))
    end_us = SHOP.until_us + 20 * DAY_US
    run_live(dsn, day_seconds=0.001, days=(end_us - from_datetime(clock(shop))) / DAY_US)
    assert clock(shop) == to_datetime(end_us)
    assert_tables_are(shop, end_us)


class StopAfter(threading.Event):
    """Is set when somebody asks for the n-th time."""

    def __init__(self, questions):
        super().__init__()
        self.questions = questions

    def is_set(self):
        self.questions -= 1
        if self.questions == 0:
            self.set()
        return super().is_set()


def test_a_run_that_was_stopped_between_two_transactions_misses_no_change(shop, dsn):
    for transactions in (1, 2, 5):
        run_live(dsn, day_seconds=0.001, stop=StopAfter(transactions))
        assert_tables_are(shop, from_datetime(clock(shop)))
    summary = run_live(dsn, day_seconds=0.001, days=1)
    assert_tables_are(shop, from_datetime(clock(shop)))
    assert summary["orders"] > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_live_with_a_summary(shop, dsn, number):
    live = start_live(dsn, "--day-seconds", "0.2")
    wait_for(lambda: clock(shop) > UNTIL)
    live.send_signal(number)
    output, _ = live.communicate(timeout=10)
    assert live.returncode == 0
    assert output.count("\n") == 1
    assert json.loads(output)["shop_now"] == clock(shop).isoformat()


def test_two_runs_cannot_continue_one_shop(shop, dsn):
    live = start_live(dsn, "--day-seconds", "0.2")
    try:
        wait_for(lambda: clock(shop) > UNTIL)
        with pytest.raises(ShopError, match="another"):
            run_live(dsn, days=1)
    finally:
        live.terminate()
        live.communicate(timeout=10)


def test_live_needs_a_history(dsn):
    with pytest.raises(ShopError, match="python -m simulator history"):
        run_live(dsn, days=1)


def test_the_truth_is_hidden_from_the_connector(postgres, database, dsn, shop):
    published = {row[0] for row in shop.execute("SELECT DISTINCT schemaname FROM pg_publication_tables")}
    assert published == {"public", "cdc"}
    with psycopg.connect(postgres.postgres.dsn("capture", database), autocommit=True) as connector:
        assert clock(connector) == UNTIL
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connector.execute("SELECT * FROM truth.customers")


def test_the_truth_agrees_with_what_is_seen(shop, dsn):
    run_live(dsn, day_seconds=0.001, days=30)
    contradictions = """
        SELECT count(*) FROM truth.customers t JOIN orders o ON o.customer_id IN (t.customer_id, t.guest_id)
        WHERE o.placed_at NOT BETWEEN t.first_order_at AND t.dropout_at
           OR (o.status <> 'cancelled' AND o.placed_at > t.final_order_at)"""
    assert value(shop, contradictions) == 0
    arrived = value(shop, "SELECT count(*) FROM truth.customers WHERE first_order_at >= '2026-11-01T12:30Z'")
    assert arrived > 0
    strangers = """
        SELECT count(*) FROM customers
        WHERE NOT EXISTS (SELECT FROM truth.customers AS t WHERE id IN (t.customer_id, t.guest_id))"""
    assert value(shop, strangers) == 0
