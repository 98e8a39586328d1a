"""Where there is no answer a visitor is told why, and what to do."""

import socket

import psycopg
import pytest

from tests.dashboard.conftest import client_of
from tests.dashboard.test_pages import text_of

pytestmark = pytest.mark.stack


def test_a_database_that_is_away_is_said_to_be_and_looked_for_again():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    answer = client_of(f"postgresql://nobody@127.0.0.1:{port}/nothing").get("/")
    page = text_of(answer, 503)
    assert "The database does not answer" in page
    assert "RETENTIONCAST_DASHBOARD_DSN" in page
    assert "looks again every five seconds" in page
    assert "/static/retry.js" in answer.text


def test_a_login_that_is_refused_is_not_told_to_visitors(shop_dsns):
    wrong = "not the password"
    dsn = psycopg.conninfo.make_conninfo(shop_dsns[1], password=wrong)
    assert "password" not in text_of(client_of(dsn).get("/"), 503)


def test_a_query_that_takes_too_long_is_given_up(shop_dsns, empty_dsns):
    owner, reader = empty_dsns
    with psycopg.connect(owner) as connection:
        connection.execute("LOCK TABLE stream_time IN ACCESS EXCLUSIVE MODE")
        answer = client_of(reader, query_seconds=0.2).get("/")
    page = text_of(answer, 504)
    assert "This takes too long" in page
    assert "RETENTIONCAST_DASHBOARD_QUERY_SECONDS" in page


def test_a_database_without_the_tables_is_said_to_have_none(postgres):
    dsn = postgres.analytics.dsn("retentioncast", "analytics")
    with psycopg.connect(dsn, autocommit=True) as connection:
        there = connection.execute("SELECT to_regclass('stream_time') IS NOT NULL").fetchone()[0]
    if there:
        pytest.fail("another test has migrated the stack's own database")
    page = text_of(client_of(dsn).get("/"), 503)
    assert 'relation "stream_time" does not exist' in page
    assert "python -m analytics.migrate" in page


def test_a_fault_of_its_own_tells_nothing_of_the_inside(shop_dsns, monkeypatch):
    client = client_of(shop_dsns[1])
    monkeypatch.setattr(client.app.state.site, "database", None)
    page = text_of(client.get("/"), 500)
    assert "the dashboard’s own" in page
    assert "NoneType" not in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "Nothing is at this address"),
        ("/risk?level=ACTIVE", 400, "level must be one of AT_RISK, LAPSED"),
        ("/risk?value=much", 400, "value must be an amount"),
        ("/risk?value=NaN", 400, "value must be an amount"),
        ("/risk?value=1e200000", 400, "value must be an amount"),
        ("/survival?rule=31", 400, "rule must be one of 90, 60, 30"),
        ("/cohorts?kind=x", 400, "kind must be one of"),
        ("/alerts/feed?since=yesterday", 400, "since must be an instant"),
    ],
)
def test_an_address_that_means_nothing_is_refused(shop, path, status, words):
    assert words in text_of(shop.get(path), status)


def test_nothing_can_be_sent(shop):
    assert shop.post("/risk").status_code == 405


def test_another_name_for_this_machine_is_refused(shop):
    answer = shop.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "RetentionCast" not in answer.text


def test_every_fault_forbids_all_from_elsewhere(shop):
    assert "default-src 'none'" in shop.get("/nowhere").headers["Content-Security-Policy"]


def test_it_reads_only_even_with_a_login_that_may_write(shop_dsns):
    site = client_of(shop_dsns[0]).app.state.site
    with site.database.read() as reading, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reading.rows("DELETE FROM rfm")


def test_a_page_is_of_one_instant(empty_dsns):
    owner, reader = empty_dsns
    site = client_of(reader).app.state.site
    with psycopg.connect(owner, autocommit=True) as connection, site.database.read() as reading:
        assert reading.rows("SELECT * FROM shop") == []
        connection.execute("INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'UTC')")
        assert reading.rows("SELECT * FROM shop") == []
