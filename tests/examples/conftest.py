import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from tests.alerts.conftest import put
from tests.connectors.conftest import kafka, wait_for

__all__ = ["kafka", "put", "wait_for"]


class Receiver:
    """A web server that remembers what it got, and answers with `answers` in turn, then with 204."""

    def __init__(self):
        self.requests = []
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(SimpleNamespace(path=self.path, headers=self.headers, body=body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()

            def log_message(self, *arguments):
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts?shop=1"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def topic(kafka):
    return kafka.make_topic(partitions=4)


@pytest.fixture
def start(kafka, topic):
    """Start one of the examples as a process."""
    processes = []

    def run(*command, **variables):
        settings = {
            "RETENTIONCAST_KAFKA_BOOTSTRAP": kafka.config["bootstrap.servers"],
            "RETENTIONCAST_ALERTS_TOPIC": topic,
        }
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **settings, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()
