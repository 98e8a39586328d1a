"""The main job from end to end, on real parts, checked against the shop: python -m tests.e2e.smoke.

A year of history, then a live shop with updates, partial refunds, cancellations, deletes and moves, records
that cannot be used, a kill -9 of the flow, a stop of Connect, a storm of refunds, and a replay from the
beginning. Prints one JSON line; exits 1 on any mismatch.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

import psycopg

from demo.history import write_history
from stack.endpoints import Endpoints
from stack.stack import Stack
from tests.e2e import compare, outage, refund_storm, replay
from tests.e2e.latency import Probe
from tests.e2e.scene import Scene, say
from tests.e2e.topics import put, read_all
from tests.e2e.waiting import wait_until
from tests.operators.oracle import Rules

HEARTBEAT_MS = 250
RULES = Rules(hysteresis=0.05, cooldown_days=60, campaign="smoke", control_share=0.2)
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
    parser.add_argument(
        "--outage", type=float, default=3.0, metavar="DAYS", help="live days without Connect (%(default)s)"
    )
    arguments = parser.parse_args()
    shutil.rmtree(arguments.home, ignore_errors=True)
    scene = Scene(Stack(arguments.home, HEARTBEAT_MS), arguments.day_seconds, RULES)
    try:
        result = run(arguments, scene)
    finally:
        scene.down()
    print(json.dumps(result))
    return 1 if result["mismatches"] else 0


def run(arguments: argparse.Namespace, scene: Scene) -> dict[str, object]:
    """Live through it all; return the result."""
    began = time.monotonic()
    write_history(scene.stack, scene.simulator_log, customers=arguments.customers, seed=1)
    scene.stack.up()
    scene.flow.start()
    wait_until(scene.flow, "the first stream time", scene.stream_time)
    start_seconds = time.monotonic() - began
    say(f"up and caught up after {start_seconds:.0f} s; going live")
    report, kafka_ms, row_ms = live(scene, arguments.days, is_killed=not arguments.no_kill)
    say(f"the live shop has ended: {report}; Connect stops for {arguments.outage} days")
    crossed, wrong = outage.play(scene, arguments.outage)
    say(f"{crossed} silences were crossed meanwhile; now the refunds")
    withdrawn, wrong_of_storm = refund_storm.play(scene)
    scene.flow.stop()
    say(f"alerts to withdraw: {withdrawn}; now all of it from the beginning")
    replayed, wrong_of_replay = replay.play(scene)
    wrong += wrong_of_storm + wrong_of_replay + compare.mismatches(scene.endpoints, RULES)
    return result(scene.endpoints, wrong) | {
        "live": report,
        "crossed_in_the_outage": crossed,
        "withdrawn_in_the_storm": withdrawn,
        "replayed_alerts": replayed,
        "seconds_of_start": round(start_seconds, 1),
        "commit_to_kafka_ms": spread(kafka_ms),
        "commit_to_row_ms": spread(row_ms),
    }


def live(scene: Scene, days: int, *, is_killed: bool) -> tuple[dict[str, int], list[float], list[float]]:
    """Let the shop live; return the simulator's report, and how long its changes take in milliseconds."""
    living = scene.open(days)
    probe = Probe(scene.endpoints)
    kafka_ms, row_ms = probe.run(100)
    probe.close()
    for key, (value, _) in UNUSABLE.items():
        put(scene.endpoints.kafka_bootstrap, "shop.public.orders", key, value)
    if is_killed:
        scene.flow.kill()
        say("the flow was killed; starting it again")
        scene.flow.start()
    return scene.closed(living), kafka_ms, row_ms


def result(endpoints: Endpoints, wrong: list[str]) -> dict[str, object]:
    """Add what is wrong with the rejects; return what is printed."""
    wrong = list(
        dict.fromkeys(wrong + reject_mismatches(endpoints))
    )  # what stays wrong is found by each part
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
        "events": len(read_all(topic, "shop.public.orders")),
        "rows": rows,
        "alerts": dict(compare.alert_history(endpoints).types),
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


if __name__ == "__main__":
    sys.exit(main())
