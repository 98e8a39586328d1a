"""New alerts come by themselves, once each, for as long as somebody looks."""

import re
import threading

import httpx2
import psycopg
import pytest

from tests.dashboard.filling import DAY, NOW, clock, told

pytestmark = pytest.mark.stack


@pytest.fixture
def shop_and_feed(serve, empty_dsns):
    owner, reader = empty_dsns
    address, process = serve(reader)
    with psycopg.connect(owner, autocommit=True) as connection:
        clock(connection)
        told(connection, "old/1", told_at=NOW - DAY)
        with httpx2.Client(base_url=address, timeout=60) as client:
            since = re.search(r'data-since="([^"]+)"', client.get("/alerts").text)[1]
            with client.stream("GET", "/alerts/feed", params={"since": since}) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                yield connection, stream.iter_lines(), process


def until(lines, wanted, looks=30):
    """Return the lines up to one that holds the wanted text, which must come within so many looks."""
    seen = []
    for line in lines:
        seen.append(line)
        if wanted in line:
            return seen
        if sum("still here" in one for one in seen) > looks:
            break
    raise AssertionError(seen)


def test_an_alert_comes_as_soon_as_it_is_in_the_table_and_once(shop_and_feed):
    connection, lines, _ = shop_and_feed
    until(lines, "still here")
    told(connection, "new/1", customer="<b>new</b>")
    seen = until(lines, 'data-alert="new/1"')
    seen += until(lines, "still here") + until(lines, "still here")
    assert sum('data-alert="new/1"' in line for line in seen) == 1
    assert any("&lt;b&gt;new&lt;/b&gt;" in line for line in seen)
    assert not any("<b>" in line for line in seen)


def test_what_becomes_of_an_alert_comes_as_well(shop_and_feed):
    connection, lines, _ = shop_and_feed
    connection.execute(
        "UPDATE alerts SET status = 'withdrawn', withdrawn_reason = 'order-gone', told_at = %s", (NOW,)
    )
    assert "order gone" in "".join(until(lines, "withdrawn") + until(lines, "</li>"))


def test_alerts_told_at_the_very_instant_of_the_newest_are_not_missed(shop_and_feed):
    connection, lines, _ = shop_and_feed
    told(connection, "same/1", told_at=NOW - DAY)
    until(lines, 'data-alert="same/1"')


def test_the_end_of_the_dashboard_ends_the_feed(shop_and_feed):
    _, lines, process = shop_and_feed
    until(lines, "still here")
    reading = threading.Thread(target=read_on, args=(lines,))
    reading.start()
    process.terminate()
    assert process.wait(timeout=30) in {0, -15}
    reading.join(timeout=30)
    assert not reading.is_alive()


def read_on(lines):
    try:
        for _ in lines:
            pass
    except httpx2.TransportError:
        pass
