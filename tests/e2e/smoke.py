"""The main job from end to end, on real parts, checked against the shop: python -m tests.e2e.smoke.

A year of history, then a live shop with updates, partial refunds, cancellations, deletes and moves, records
that cannot be used, and a kill -9 of the flow. Prints one JSON line; exits 1 on any mismatch.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psycopg

from demo.history import write_history
from demo.processes import Flow, start
from stack.endpoints import Endpoints
from stack.stack import Stack
from tests.e2e import compare
from tests.e2e.latency import Probe
from tests.e2e.topics import put, read_all
from tests.e2e.waiting import wait_until

HEARTBEAT_MS = 250
UNUSABLE = {
    b"by hand 1": (b"\x00garbage", b"malformed"),
    b"by hand 2": (b'{"op":"c","before":null,"after":{"id":1,"custo', b"malformed"),
    b"by hand 3": (
        b'{"op":"c","before":null,"after":{"id":1,"customer_id":1,"status":"paid","refunded":"0.00",'
        b'"currency":"EUR","placed_at":"2026-01-01T00:00:00Z"},"source":{"lsn":1}}',
        b"missing-field",
    ),
}


def main() -> int:
    """Run the smoke test and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.smoke", description=__doc__)
    parser.add_argument(
        "--customers", type=int, default=10_000, help="customers of the history (%(default)s)"
    )
    parser.add_argument("--days", type=int, default=90, help="live days (%(default)s)")
    parser.add_argument(
        "--day-seconds", type=float, default=1.0, help="seconds a live day takes (%(default)s)"
    )
    parser.add_argument("--home", type=Path, default=Path(".stack/smoke"), help="made anew (%(default)s)")
    parser.add_argument("--no-kill", action="store_true", help="leave out the kill -9 of the flow")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.home, ignore_errors=True)
    stack = Stack(arguments.home, HEARTBEAT_MS)
    try:
        result = run(arguments, stack)
    finally:
        stack.down()
    print(json.dumps(result))
    return 1 if result["mismatches"] else 0


def run(arguments: argparse.Namespace, stack: Stack) -> dict[str, object]:
    """Live through it all; return the result."""
    began = time.monotonic()
    endpoints, log = stack.endpoints(), arguments.home / "logs" / "simulator.log"
    write_history(stack, log, customers=arguments.customers, seed=1)
    stack.up()
    flow = Flow(arguments.home, endpoints)
    flow.start()
    wait_until(flow, "the first stream time", lambda: compare.stream_time(endpoints))
    start_seconds = time.monotonic() - began
    say(f"up and caught up after {start_seconds:.0f} s; going live")

    length = ["--day-seconds", str(arguments.day_seconds), "--days", str(arguments.days)]
    live = start(["simulator", "live", *length], endpoints, log, report=subprocess.PIPE)
    probe = Probe(endpoints)
    kafka_ms, row_ms = probe.run(100)
    probe.close()
    for key, (value, _) in UNUSABLE.items():
        put(endpoints.kafka_bootstrap, "shop.public.orders", key, value)
    if not arguments.no_kill:
        flow.kill()
        say("the flow was killed; starting it again")
        flow.start()
    report = json.loads(live.communicate()[0])
    assert live.returncode == 0, log.read_text()
    say(f"the live shop has ended: {report}")
    catch_up(flow, endpoints)
    flow.stop()
    return result(endpoints, report) | {
        "seconds_of_start": round(start_seconds, 1),
        "commit_to_kafka_ms": spread(kafka_ms),
        "commit_to_row_ms": spread(row_ms),
    }


def catch_up(flow: Flow, endpoints: Endpoints) -> None:
    """Wait until stream time has passed everything the shop has committed."""
    with psycopg.connect(endpoints.shop_dsn) as shop:
        [end] = shop.execute("SELECT cdc.shop_now()").fetchone()
    wait_until(flow, "the end", lambda: (now := compare.stream_time(endpoints)) and now[0] >= end)


def result(endpoints: Endpoints, report: dict[str, int]) -> dict[str, object]:
    """Compare everything; return what is printed."""
    wrong = compare.mismatches(endpoints) + reject_mismatches(endpoints)
    for line in wrong[:20]:
        say(line)
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        rows = analytics.execute("SELECT count(*) FROM rfm").fetchone()[0]
        versions = analytics.execute(
            "SELECT version, adopted, reason FROM models WHERE fitted_at IS NOT NULL ORDER BY fitted_at"
        ).fetchall()
        forecasts = analytics.execute("SELECT count(*) FROM forecast_quality").fetchone()[0]
    with psycopg.connect(endpoints.shop_dsn) as shop:
        orders = shop.execute("SELECT count(*) FROM orders").fetchone()[0]
    topic = endpoints.kafka_bootstrap
    return {
        "orders": orders,
        "live": report,
        "events": len(read_all(topic, "shop.public.orders")),
        "rows": rows,
        "alerts": len(read_all(topic, "retentioncast.alerts")),
        "rejects": len(read_all(topic, "retentioncast.rejects")),
        "versions": [[name, "adopted" if adopted else reason] for name, adopted, reason in versions],
        "matured_forecasts": forecasts,
        "mismatches": len(wrong),
    }


def reject_mismatches(endpoints: Endpoints) -> list[str]:
    """Return a line for each record by hand that was not rejected rightly, and for any other reject."""
    found = {
        message.key(): (message.value(), dict(message.headers())["rc.reason"])
        for message in read_all(endpoints.kafka_bootstrap, "retentioncast.rejects")
    }
    return [
        f"reject {key!r}: found {found.get(key)}, expected {UNUSABLE.get(key)}"
        for key in found.keys() | UNUSABLE.keys()
        if found.get(key) != UNUSABLE.get(key)
    ]


def spread(values_ms: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    return {
        "median": round(statistics.median(values_ms), 1),
        "p99": round(statistics.quantiles(values_ms, n=100)[98], 1),
    }


def say(message: str) -> None:
    """Print a line of progress."""
    print(f"{datetime.now():%H:%M:%S} {message}", file=sys.stderr, flush=True)  # noqa: DTZ005


if __name__ == "__main__":
    sys.exit(main())
