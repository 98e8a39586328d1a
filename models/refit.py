"""Ask the running flow for a new fit of the model, and tell what it decided.

    python -m models.refit

The flow counts its customers a moment later, fits the model to them, and adopts the fit if it is no worse
than the version in force: as it does every 30 days by itself. The decision is a record of topic
`retentioncast.models`, and a line of table `models`.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import datetime

import psycopg
from confluent_kafka import KafkaError, KafkaException, Producer
from psycopg.rows import dict_row

from dataflows import settings
from operators.census import SPREAD_US
from operators.instant import to_datetime, to_us
from operators.version import Request, to_message

PACE_SECONDS = 2.0
AHEAD_SECONDS = 20.0  # so long may the request take to come to the flow: its census must still be ahead
MINUTE_US = 60_000_000
ANSWER_SECONDS = 10.0
TELL_SECONDS = 60.0

Analytics = psycopg.Connection[dict[str, object]]


def main() -> None:
    """Send the request; wait for the decision unless told otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m models.refit",
        description="Ask the running flow to fit the model to its customers as they are now.",
        epilog="The settings are the flow's own: python -m dataflows.settings lists them.",
    )
    parser.add_argument("--no-wait", action="store_true", help="ask, and do not wait for the decision")
    arguments = parser.parse_args()
    config = settings.load()
    dsn = config.analytics_dsn.get_secret_value()
    try:
        with psycopg.connect(
            dsn, autocommit=True, row_factory=dict_row, options="-c TimeZone=UTC"
        ) as analytics:
            at_us = soon_us(analytics)
            send(config.kafka(), config.models_topic, Request(at_us))
            say(f"asked for a census at {to_datetime(at_us):%Y-%m-%d %H:%M} UTC, by stream time")
            if not arguments.no_wait:
                print(in_words(decision(analytics, at_us)))
    except (psycopg.Error, KafkaException) as error:
        sys.exit(f"No answer from the database or the broker: {error}")
    except KeyboardInterrupt:
        sys.exit("No longer waiting: table models will hold the decision.")


def soon_us(analytics: Analytics) -> int:
    """Return a whole minute of stream time that will come only after the request has been read."""
    before_us = to_us(stream_time(analytics))
    time.sleep(PACE_SECONDS)
    now_us = to_us(stream_time(analytics))
    ahead_us = round((now_us - before_us) * AHEAD_SECONDS / PACE_SECONDS)
    return (now_us + max(ahead_us, MINUTE_US)) // MINUTE_US * MINUTE_US + MINUTE_US


def stream_time(analytics: Analytics) -> datetime:
    """Return stream time; end the process where it has not begun."""
    found = analytics.execute("SELECT now FROM stream_time").fetchone()
    if found is None:
        sys.exit("Stream time has not begun: start the flow, and wait for the shop's first heartbeat.")
    now = found["now"]
    assert isinstance(now, datetime), "a timestamp"  # noqa: S101
    return now


def send(kafka: dict[str, str], topic: str, request: Request) -> None:
    """Write the request to the topic; raise KafkaException where that fails."""
    message, failures = to_message(request), list[KafkaError]()
    producer = Producer({**kafka, "acks": "all"})
    producer.produce(
        topic,
        message.value,
        message.key,
        headers=list(message.headers),
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    if producer.flush(ANSWER_SECONDS):
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "the broker does not answer"))
    if failures:
        raise KafkaException(failures[0])


def decision(analytics: Analytics, at_us: int) -> Mapping[str, object]:
    """Return the line of `models` that the census has led to; say meanwhile what is waited for."""
    due, told_s = to_datetime(at_us + SPREAD_US), float("-inf")
    while True:
        query = "SELECT * FROM models WHERE fitted_at = %s"
        found = analytics.execute(query, (to_datetime(at_us),)).fetchone()
        if found is not None:
            return found
        if time.monotonic() - told_s > TELL_SECONDS:
            told_s = time.monotonic()
            now = stream_time(analytics)
            say(f"stream time is {now:%Y-%m-%d %H:%M}; the decision comes after {due:%Y-%m-%d %H:%M}")
        time.sleep(1)


def in_words(version: Mapping[str, object]) -> str:
    """Return a decision for people to read."""
    outcome = f"not adopted: {version['reason']}"
    if version["adopted"]:
        outcome = f"adopted, in force from {version['effective_from']:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{version['version']}: {outcome}",
        f"  fitted to {version['customers']:,} customers, {version['repeat_customers']:,} of whom came back",
    ]
    if version["r"] is not None:
        parameters = ("r", "alpha_days", "a", "b")
        lines.append("  " + ", ".join(f"{name} {version[name]:.4g}" for name in parameters))
    if version["holdout_brier"] is not None:
        lines.append(
            f"  Brier score over the last {version['holdout_days']} days: {version['holdout_brier']:.4f}; "
            f"{version['previous_version']} {version['previous_brier']:.4f} (lower is better)"
        )
    return "\n".join(lines)


def say(message: str) -> None:
    """Print a line of progress."""
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
