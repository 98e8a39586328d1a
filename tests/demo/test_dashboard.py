import time
import webbrowser
from dataclasses import replace

import httpx2
import psycopg
import pytest

from analytics.migrate import migrate
from demo.dashboard import Dashboard, open_browser

WINDOWS = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environment", "opened"),
    [
        (WINDOWS, ["http://here"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["http://here"]),
        ({}, []),
        (WINDOWS | {"CI": "true"}, []),
        (WINDOWS | {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, []),
    ],
)
def test_a_browser_opens_only_where_somebody_sees_it(monkeypatch, environment, opened):
    urls = []
    monkeypatch.setattr(webbrowser, "open", lambda url: urls.append(url) or True)
    assert open_browser("http://here", environment) == bool(opened)
    assert urls == opened


@pytest.mark.stack
def test_the_dashboard_reads_with_a_login_of_its_own(postgres, fresh_database, tmp_path):
    dsn = fresh_database()
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate(connection)
    home, endpoints = postgres.home.path, replace(postgres.endpoints(), analytics_dsn=dsn)
    dashboard = Dashboard(home, endpoints)
    dashboard.start()
    try:
        assert "Nothing to show yet" in page_of(dashboard.url)
    finally:
        dashboard.stop()


def page_of(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx2.get(url, timeout=10).text
        except httpx2.TransportError:
            assert time.monotonic() < deadline, "the dashboard does not answer"
            time.sleep(0.2)
