import threading
import time

import msgspec
import psycopg
import pytest
from prometheus_client import REGISTRY

from connectors import metrics, rfm_table
from connectors.errors import DatabaseRefusedError, DatabaseUnavailableError
from connectors.postgres_sink import PostgresSink, record
from models import MBGNBD
from operators.erasure import Erasure
from operators.instant import to_datetime
from operators.risk import Risk
from operators.row import Gone, Row, StreamTime
from tests.operators.test_version import NO_FIT, VERSION
from tests.shop_files import DEMO

pytestmark = pytest.mark.stack

NOON_US = 1_767_268_800_000_000  # 2026-01-01T12:00Z
DAY_US = 86_400_000_000
ROW = Row(
    "c1", NOON_US - DAY_US, NOON_US, 3, 12345, "EUR", "ACTIVE", NOON_US, None, NOON_US + DAY_US, "m1", 7
)
MODEL = MBGNBD(r=0.25, alpha=7.0, a=0.5, b=2.5)
RULES = Risk(MODEL, "m1", threshold=0.5, quantile=0.9, lapse_days=90)


def row(customer_id="c1", version=7, **changes):
    return msgspec.structs.replace(ROW, customer_id=customer_id, version=version, **changes)


@pytest.fixture
def rules():
    return RULES


@pytest.fixture
def lines(database):
    """Customer and version of every line."""
    return lambda: database.execute("SELECT customer_id, version FROM rfm ORDER BY 1").fetchall()


def test_a_line_is_exact(part, database):
    first_us, latest_us = -62_135_596_800_000_000 + 1, 253_402_300_799_999_999  # the years 1 and 9999
    part.write_batch([row(first_purchase_us=first_us, latest_purchase_us=latest_us, cents=-(2**62) - 1)])
    found = database.execute(
        "SELECT first_purchase::text, latest_purchase::text, order_count, frequency, order_value::text, "
        "currency, state, state_since::text, overdue_at, model_version, version FROM rfm"
    ).fetchone()
    assert found == (
        "0001-01-01 00:00:00.000001+00",
        "9999-12-31 23:59:59.999999+00",
        3,
        2,
        "-46116860184273879.05",
        "EUR",
        "ACTIVE",
        "2026-01-01 12:00:00+00",
        None,
        "m1",
        7,
    )


def test_the_newest_line_of_a_batch_wins(part, lines):
    part.write_batch([row(version=1), row("c2", 1), row(version=3)])
    assert lines() == [("c1", 3), ("c2", 1)]


def test_what_comes_later_overwrites_whatever_its_version(part, lines):
    part.write_batch([row(version=3)])
    part.write_batch([row(version=2, state="LAPSED"), row("c2", 9)])
    assert lines() == [("c1", 2), ("c2", 9)]


def test_an_earlier_start_of_the_flow_overwrites_and_deletes_nothing(part, dsn, lines):
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    later.write_batch([row("c1", 1), row("c2", 1)])
    part.write_batch([row("c1", 5), Gone("c2"), row("c3", 5)])
    later.close()
    assert lines() == [("c1", 1), ("c2", 1), ("c3", 5)]


def test_the_same_version_overwrites_since_time_alone_changes_a_state(part, database):
    part.write_batch([row(state="ACTIVE")])
    part.write_batch([row(state="LAPSED")])
    assert database.execute("SELECT state FROM rfm").fetchall() == [("LAPSED",)]


def test_a_customer_who_is_gone_is_deleted(part, lines):
    part.write_batch([row("c1", 5), row("c2", 5)])
    part.write_batch([Gone("c1"), Gone("unknown")])
    assert lines() == [("c2", 5)]


def test_gone_and_back_within_a_batch(part, lines):
    part.write_batch([row("c1", 1), row("c2", 1), Gone("c1"), Gone("c2"), row("c2", 3)])
    assert lines() == [("c2", 3)]


def test_a_receipt_is_kept_once(part, database):
    part.write_batch([Erasure("ab12", 7, NOON_US), Erasure("ab12", 7, NOON_US + DAY_US)])
    part.write_batch([Erasure("ab12", 7, None), Erasure("cd34", 8, None)])
    receipts = "SELECT receipt, version, erased_at = instant(%s) FROM erasures ORDER BY 1"
    assert database.execute(receipts, [NOON_US]).fetchall() == [("ab12", 7, True), ("cd34", 8, None)]


def test_stream_time_never_goes_backward(part, database):
    part.write_batch([StreamTime(NOON_US, 5), StreamTime(NOON_US + DAY_US, 6)])
    part.write_batch([StreamTime(NOON_US, 7)])
    assert (
        database.execute("SELECT now, alerts_since FROM stream_time").fetchall()
        == database.execute("SELECT instant(%s), instant(6)", (NOON_US + DAY_US,)).fetchall()
    )


def test_an_empty_batch_is_no_error(part, lines):
    part.write_batch([])
    assert lines() == []


BAD = {
    "an instant beyond Postgres's range": {"overdue_at_us": -211_000_000_000_000_000},
    "more than 64 bits": {"cents": 2**63},
    "an unknown state": {"state": "SLEEPING"},
    "a character that text cannot hold": {"currency": "E\0R"},
    "latest before first": {"latest_purchase_us": ROW.first_purchase_us - 1},
    "more orders than an integer holds": {"order_count": 2**31},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_line_that_cannot_be_held_is_set_aside_and_all_others_are_written(part, database, lines, changes):
    batch = [row(f"c{number:02}") for number in range(50)]
    batch[17] = row("c17", **changes)
    for _ in range(2):  # a replay sets nothing aside twice
        part.write_batch([*batch, StreamTime(NOON_US, NOON_US)])
    assert [customer_id for customer_id, _ in lines()] == [
        f"c{number:02}" for number in range(50) if number != 17
    ]
    [(customer_id, reason)] = database.execute(
        "SELECT row ->> 'customer_id', reason FROM rejected_rows"
    ).fetchall()
    assert customer_id == "c17"
    assert reason
    assert database.execute("SELECT count(*) FROM stream_time").fetchone() == (1,)


def test_who_asks_is_told_of_rejects_instead(dsn):
    told = []
    sink = PostgresSink(dsn, 1, RULES, on_reject=lambda item, error: told.append((item, error)))
    sink.list_parts()
    bad = row(state="SLEEPING")
    part = sink.build_part("rows", "00", None)
    part.write_batch([row("c2"), bad])
    part.close()
    [(item, error)] = told
    assert item == bad
    assert isinstance(error, psycopg.errors.CheckViolation)


def terminate_others(database):
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'retentioncast' AND datname = current_database()"
    )


def test_a_terminated_connection_is_made_anew(part, database, lines):
    part.write_batch([row("c1")])
    terminate_others(database)
    part.write_batch([row("c2")])
    assert lines() == [("c1", 7), ("c2", 7)]


def test_a_connection_that_is_terminated_in_the_midst_of_writing_loses_nothing(part, database, dsn, lines):
    batch = [row(f"c{number:05}") for number in range(20_000)]
    stopping = threading.Event()

    def disturb():
        with psycopg.connect(dsn, autocommit=True) as own:
            while not stopping.is_set():
                terminate_others(own)
                time.sleep(0.3)

    thread = threading.Thread(target=disturb)
    thread.start()
    threading.Timer(2, stopping.set).start()
    while not stopping.is_set():
        part.write_batch(batch)
        assert len(lines()) == 20_000
        database.execute("TRUNCATE rfm")
    thread.join()


def test_a_database_that_is_read_only_for_a_while_is_waited_for(part, database, lines):
    def set_read_only(value):
        database.execute("SET default_transaction_read_only = off")
        name = database.info.dbname
        database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")

    set_read_only("on")
    terminate_others(database)
    timer = threading.Timer(1, set_read_only, ["off"])
    timer.start()
    part.write_batch([row()])
    timer.join()
    assert lines() == [("c1", 7)]


def test_a_deadlock_is_tried_again(part, database, dsn, lines):
    part.write_batch([row("a", 1), row("b", 1)])
    retries = REGISTRY.get_sample_value("retentioncast_sink_retries_total", {"sink": "postgres"})
    with psycopg.connect(dsn) as other:
        other.execute("UPDATE rfm SET version = 2 WHERE customer_id = 'b'")
        thread = threading.Thread(target=part.write_batch, args=([row("a", 3), row("b", 3)],))
        thread.start()
        while not database.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
            time.sleep(0.01)
        # Now each waits for the other. The sink has waited longer, so Postgres ends its transaction.
        other.execute("UPDATE rfm SET version = 2 WHERE customer_id = 'a'")
    thread.join()
    assert lines() == [("a", 3), ("b", 3)]
    assert REGISTRY.get_sample_value("retentioncast_sink_retries_total", {"sink": "postgres"}) == retries + 1


def test_the_metric_tells_the_stream_time_that_is_committed(part):
    part.write_batch([row(), StreamTime(NOON_US, NOON_US)])
    part.write_batch([row()])
    assert REGISTRY.get_sample_value("retentioncast_stream_time_timestamp_seconds") == NOON_US / 1e6


def test_the_metric_tells_when_the_model_was_fitted_last_whatever_became_of_the_fit(dsn, rules, database):
    def told():
        return REGISTRY.get_sample_value("retentioncast_model_fitted_timestamp_seconds")

    part = PostgresSink(dsn, 1, rules).build_part("rows", "00", None)
    assert told() == 0
    first = msgspec.structs.replace(VERSION, fitted_at_us=NOON_US)
    refused = msgspec.structs.replace(NO_FIT, version="refused", fitted_at_us=NOON_US + DAY_US)
    part.write_batch([first])
    assert told() == NOON_US / 1e6
    part.write_batch([refused, first])  # a replay brings older ones again
    assert told() == (NOON_US + DAY_US) / 1e6
    part.close()
    metrics.MODEL_FITTED.set(0)
    PostgresSink(dsn, 1, rules).build_part("rows", "00", None).close()  # a restart reads none of them again
    assert told() == (NOON_US + DAY_US) / 1e6


def test_starting_over_forgets_the_customers_and_tells_since_when_alerts_are_published(part, database, lines):
    assert rfm_table.start_over(database) is None
    part.write_batch([row(), StreamTime(NOON_US + DAY_US, NOON_US)])
    for _ in range(2):  # it may have been interrupted
        assert rfm_table.start_over(database) == to_datetime(NOON_US)
    assert lines() == []
    part.write_batch([StreamTime(NOON_US + 1, NOON_US)])  # older than what was known before
    [now] = database.execute("SELECT now FROM stream_time").fetchone()
    assert now == to_datetime(NOON_US + 1)


def test_the_next_start_learns_since_when_alerts_are_published(part, dsn):
    risk = Risk(MODEL, "m1", threshold=0.5, quantile=0.9, lapse_days=90)
    assert record(dsn, DEMO, risk) is None
    part.write_batch([StreamTime(NOON_US + DAY_US, NOON_US)])
    assert record(dsn, DEMO, risk) == to_datetime(NOON_US)


def test_a_missing_table_is_not_waited_for(part, database):
    database.execute("DROP TABLE rfm CASCADE")
    with pytest.raises(DatabaseRefusedError, match="rfm"):
        part.write_batch([row()])


def test_a_database_that_stays_away_ends_the_flow(monkeypatch):
    monkeypatch.setattr("connectors.database.OUTAGE_SECONDS", 0.5)
    with pytest.raises(DatabaseUnavailableError, match="refused"):
        PostgresSink("postgresql://nobody@127.0.0.1:1/none", 1, RULES).list_parts()


def test_a_model_is_recorded_and_its_rules_can_change(dsn):
    for threshold in (0.5, 0.6):
        record(dsn, DEMO, Risk(MODEL, "m1", threshold=threshold, quantile=0.9, lapse_days=90))
    with psycopg.connect(dsn) as database:
        found = database.execute(
            "SELECT version, family, r, alpha_days, a, b, threshold, quantile, lapse_days FROM models"
        ).fetchall()
        assert database.execute("SELECT currency, time_zone FROM shop").fetchall() == [("EUR", "UTC")]
    assert found == [("m1", "MBG/NBD", 0.25, 7.0, 0.5, 2.5, 0.6, 0.9, 90)]


def test_parts_are_named_in_their_order(dsn):
    parts = PostgresSink(dsn, 12, RULES).list_parts()
    assert (len(parts), parts) == (12, sorted(parts))
