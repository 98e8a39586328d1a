"""The flow's metrics, asked of a real server."""

import http.server
import threading
import time

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from analytics.dashboard.metrics import Metrics, Unreachable


@pytest.fixture
def serve():
    """A function that serves a text at an address."""
    servers = []

    def start(text):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/metrics"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def told(lag, stream_time=None):
    registry = CollectorRegistry()
    partitions = ("topic", "partition")
    Gauge("retentioncast_source_lag", "", partitions, registry=registry).labels("orders", "0").set(lag)
    Gauge("retentioncast_source_last_poll_timestamp_seconds", "", partitions, registry=registry).labels(
        "orders", "0"
    ).set(time.time() - 7)
    rejects = Counter("retentioncast_rejects", "", ("reason",), registry=registry)
    rejects.labels("no-rate").inc(2)
    rejects.labels("broken").inc(5)
    if stream_time is not None:
        Gauge("retentioncast_stream_time_timestamp_seconds", "", registry=registry).set(stream_time)
    Counter("bytewax_anything", "", registry=registry).inc()
    return generate_latest(registry)


def test_several_processes_are_added_up(serve):
    metrics = Metrics.fetch([serve(told(3, time.time() - 60)), serve(told(4))])
    assert metrics.lag == 7
    assert metrics.by("rejects_total", "reason") == [("broken", 10), ("no-rate", 4)]
    assert metrics.total("rejects_total") == 14
    assert metrics.stream_age_seconds == pytest.approx(60, abs=20)
    assert "bytewax_anything_total" not in metrics.values


def test_a_flow_that_has_read_nothing_tells_nothing(serve):
    metrics = Metrics.fetch([serve(b"")])
    assert (metrics.lag, metrics.stream_age_seconds, metrics.poll_age_seconds) == (None, None, None)


@pytest.mark.parametrize("text", [b"<html>", b"\xff\xfe", b'retentioncast_rejects_total{reason="'])
def test_what_is_no_metrics_is_unreachable(serve, text):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        Metrics.fetch([serve(text)])


def test_nobody_there_is_unreachable():
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        Metrics.fetch(["http://127.0.0.1:9/metrics"])
