"""A connector over REST: a server that answers as Connect does."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from connectors.errors import ConnectRefusedError
from connectors.kafka_connect import Connector


@pytest.fixture
def connect(monkeypatch):
    """A function that starts a server with these answers, in turn, and returns the server's address."""
    monkeypatch.setattr("connectors.kafka_connect.PATIENCE_SECONDS", 2)
    servers = []

    def start(*answers):
        remaining = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self):
                code, body = remaining.pop(0)
                self.send_response(code)
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_DELETE = do_PUT  # noqa: N815 - the server's own names

            def log_message(self, *arguments):
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/connectors/shop"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_topics_follow_from_the_configuration(connect):
    config = '{"topic.prefix": "shop", "table.include.list": "public.orders,cdc.heartbeat"}'
    assert Connector(connect((200, config))).topics() == ["shop.public.orders", "shop.cdc.heartbeat"]


def test_a_rebalance_is_waited_for_and_so_is_the_end_of_the_task(connect):
    running = '{"connector": {"state": "STOPPED"}, "tasks": [{"state": "RUNNING"}]}'
    stopped = '{"connector": {"state": "STOPPED"}, "tasks": []}'
    Connector(connect((409, "rebalance"), (202, ""), (200, running), (200, stopped))).stop()


def test_what_connect_refuses_is_told_in_its_words(connect):
    with pytest.raises(ConnectRefusedError, match=r"DELETE .*/offsets: 400 .*STOPPED"):
        Connector(connect((400, "must be in the STOPPED state"))).forget()


def test_connect_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("connectors.kafka_connect.PATIENCE_SECONDS", 0.1)
    with pytest.raises(ConnectRefusedError, match=r"http://127\.0\.0\.1:1/c/resume: .*refused"):
        Connector("http://127.0.0.1:1/c").resume()
