"""How late alerts are: from the crossing of a silence until a subscriber has its alert.

The real flow, with its recovery store, on a real broker and a real database. The shop is invented, and writes
to Kafka what Debezium would: first the past of all customers; then, once that has been read, a heartbeat
a second with the present time, and a steady trickle of orders. So stream time is real time, and what a
subscriber's clock shows when an alert arrives, less the alert's crossing, is how late it came. Half a second
of it is the wait for the next heartbeat, on average.

A million customers who cross once in half a year are one alert in 16 seconds; on a bad day, as long after a
sale as it takes, when a tenth of them bought within a few hours, some ten a second. A hundred a second leave
room above that. Run it as: python -m benchmarks.lateness
"""

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from benchmarks import silences
from benchmarks.arrivals import Arrival, Subscriber, percentile, share_at_once
from benchmarks.live_flow import LiveFlow
from benchmarks.shop import Shop, now_us
from dataflows.settings import Settings
from stack.part import say

HEARTBEAT_SECONDS = 1.0
TARGET_SECONDS = HEARTBEAT_SECONDS + 1.0
SNAPSHOT_SECONDS = 10
LEAD_SECONDS = 30.0  # before the measured minutes: the orders of those who cross in them are read
LEAD_CUSTOMERS_PER_SECOND = 2000
STRAGGLERS_SECONDS = 60.0


class Measurement(NamedTuple):
    """What was measured, and how: lengths of time in seconds, rates a second."""

    customers: int
    orders: int
    read_seconds: float
    caught_up_seconds: float
    measured_seconds: float
    alerts: int
    order_rate: int
    arrivals: list[Arrival]
    heartbeats_us: list[int]
    load: float


def main() -> None:
    """Measure, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000, help="how many (%(default)s)")
    parser.add_argument("--minutes", type=float, default=5.0, help="measured minutes (%(default)s)")
    parser.add_argument("--alerts", type=int, default=100, help="alerts a second (%(default)s)")
    parser.add_argument("--orders", type=int, default=200, help="orders a second meanwhile (%(default)s)")
    arguments = parser.parse_args()
    alerts = round(arguments.alerts * arguments.minutes * 60)
    if alerts >= arguments.customers:
        parser.error(f"{alerts} alerts need more customers")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers must not outlive us
    with (
        tempfile.TemporaryDirectory(prefix="lateness-") as home,
        LiveFlow(Path(home), SNAPSHOT_SECONDS) as flow,
    ):
        measurement = measure(flow, arguments.customers, alerts, arguments.minutes * 60, arguments.orders)
    print(report(measurement))


def measure(flow: LiveFlow, customers: int, alerts: int, seconds: float, order_rate: int) -> Measurement:
    """Let the flow catch up with a shop, of whose customers so many then cross in so many seconds."""
    settings = Settings(kafka_bootstrap=flow.bootstrap, analytics_dsn=SecretStr(flow.dsn))  # type: ignore[call-arg]
    risk, others = settings.risk(), customers - alerts
    shop = Shop(flow.bootstrap, HEARTBEAT_SECONDS)
    subscriber = Subscriber(flow.bootstrap, settings.alerts_topic)
    try:
        say(f"writing the past of {others:,} customers")
        crossings_us = silences.elsewhere(now_us(), others, seed=1)
        orders = shop.load(silences.customers(risk, 0, crossings_us, seed=2))
        read_seconds, caught_up_seconds = catch_up(flow, shop, others, order_rate)
        since_us = now_us() + round(1e6 * (LEAD_SECONDS + alerts / LEAD_CUSTOMERS_PER_SECOND))
        until_us = since_us + round(1e6 * seconds)
        say(f"writing the past of {alerts:,} customers who will cross in {seconds:.0f} s")
        crossings_us = silences.steady(since_us, until_us, alerts)
        orders += shop.load(silences.customers(risk, others, crossings_us, seed=3))
        wait_for_present(flow)
        if now_us() > since_us:
            msg = f"{alerts} customers were not read before they crossed: ask for fewer alerts"
            raise TimeoutError(msg)
        arrivals = wait_for_alerts(flow, subscriber, since_us, until_us, alerts)
    finally:
        shop.close()
        subscriber.close()
    return Measurement(
        customers=customers,
        orders=orders,
        read_seconds=read_seconds,
        caught_up_seconds=caught_up_seconds,
        measured_seconds=seconds,
        alerts=alerts,
        order_rate=order_rate,
        arrivals=arrivals,
        heartbeats_us=shop.heartbeats_us,
        load=os.getloadavg()[1],
    )


def catch_up(flow: LiveFlow, shop: Shop, customers: int, order_rate: int) -> tuple[float, float]:
    """Start the flow, open the shop once all is read; return how many seconds each took since the start."""
    began_s = time.monotonic()
    flow.start()
    flow.wait_until(lambda: flow.rows() >= customers, lambda: f"{flow.rows():,} rows")
    read_s = time.monotonic()
    shop.open(customers, order_rate)
    wait_for_present(flow)
    caught_up_s = time.monotonic()
    say(f"caught up after {caught_up_s - began_s:.0f} s")
    return read_s - began_s, caught_up_s - began_s


def wait_for_present(flow: LiveFlow) -> None:
    """Wait until stream time has come to a present that lies no further back than the target."""
    written_us = now_us()

    def is_reached() -> bool:
        return flow.stream_time_us() >= max(written_us, now_us() - TARGET_SECONDS * 1e6)

    flow.wait_until(
        is_reached, lambda: f"stream time is {(now_us() - flow.stream_time_us()) / 1e6:.1f} s behind"
    )


def wait_for_alerts(
    flow: LiveFlow, subscriber: Subscriber, since_us: int, until_us: int, alerts: int
) -> list[Arrival]:
    """Return the alerts raised between two instants: once all are there, or no more are waited for."""

    def is_over() -> bool:
        late_us = now_us() - until_us
        return late_us > 0 and (subscriber.count >= alerts or late_us > STRAGGLERS_SECONDS * 1e6)

    flow.wait_until(is_over, lambda: f"{subscriber.count:,} alerts")
    return subscriber.raised_between(since_us, until_us)


def report(measured: Measurement) -> str:
    """Return what was measured as text."""
    arrivals = measured.arrivals
    lines = [
        f"{measured.customers:,} customers, {measured.orders:,} orders; {os.cpu_count()} cores, load average"
        f" over 5 minutes {measured.load:.1f}",
        f"read in {measured.read_seconds:.0f} s, caught up after {measured.caught_up_seconds:.0f} s",
        f"{len(arrivals):,} of {measured.alerts:,} alerts raised in {measured.measured_seconds:.0f} s, beside"
        f" {measured.order_rate} orders a second; snapshots every {SNAPSHOT_SECONDS} s",
    ]
    if arrivals:
        late_us = [arrival.arrived_us - arrival.raised_us for arrival in arrivals]
        working_us = [arrival.arrived_us - arrival.told_us for arrival in arrivals]
        at_once = share_at_once(arrivals, measured.heartbeats_us)
        is_met = percentile(late_us, 0.99) < TARGET_SECONDS * 1e6
        lines += [
            f"{'seconds':<36}{'p50':>8}{'p90':>8}{'p99':>8}{'max':>8}",
            f"{'from the crossing':<36}{spread(late_us)}",
            f"{'from the heartbeat that raised it':<36}{spread(working_us)}",
            f"raised at the first heartbeat after the crossing: {at_once:.1%}; a heartbeat every"
            f" {HEARTBEAT_SECONDS:g} s",
            f"target, p99 from the crossing under {TARGET_SECONDS:g} s: {'met' if is_met else 'missed'}",
        ]
    return "\n".join(lines)


def spread(values_us: list[int]) -> str:
    """Return percentiles and the greatest value, in seconds."""
    return "".join(f"{percentile(values_us, share) / 1e6:8.2f}" for share in (0.5, 0.9, 0.99, 1))


if __name__ == "__main__":
    main()
