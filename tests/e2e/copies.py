"""What the flow tells in two places must be the same in both, and as the written contract says."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import psycopg
from confluent_kafka import Message
from jsonschema import ValidationError

from stack.endpoints import Endpoints
from tests.contract import check_alert, check_message
from tests.e2e.alert_history import Body
from tests.e2e.topics import read_all

# A line that was withdrawn keeps the other columns as they were.
ALERTS = """
    SELECT alert_id, status, withdrawn_reason, told_at, CASE WHEN status <> 'withdrawn' THEN level END,
           CASE WHEN status <> 'withdrawn' THEN suppressed_by END
    FROM alerts
"""
STATES = "SELECT customer_id, state, state_since, order_count, model_version FROM rfm"


def mismatches(endpoints: Endpoints, last: Mapping[str, Body]) -> list[str]:
    """Return a line for each difference of table `alerts` from what the topic says of each alert `last`, of
    topic `retentioncast.states` from table `rfm`, and for each message that breaks the contract.
    """
    alerts, states = (
        read_all(endpoints.kafka_bootstrap, f"retentioncast.{topic}") for topic in ("alerts", "states")
    )
    with psycopg.connect(endpoints.analytics_dsn) as analytics:
        told, rows = ({id_: line for id_, *line in analytics.execute(query)} for query in (ALERTS, STATES))
    return [
        *_differences("table alerts", told, {id_: _line(body) for id_, body in last.items()}),
        *_differences("topic states", _present(states), rows),
        *_broken(alerts, check_alert),
        *_broken(states, _check_state),
    ]


def _line(body: Body) -> list[Any]:
    told_at = None if body["told_at"] is None else datetime.fromisoformat(body["told_at"])
    return [body["status"], body.get("reason"), told_at, body.get("level"), body.get("suppressed_by")]


def _present(states: Iterable[Message]) -> dict[str, list[Any]]:
    """Return the present state of each customer who has one."""
    last = {message.key().decode(): message.value() for message in states}
    bodies = [json.loads(value) for value in last.values() if value is not None]
    return {
        body["customer_id"]: [
            body["state"],
            datetime.fromisoformat(body["since"]),
            body["order_count"],
            body["model_version"],
        ]
        for body in bodies
    }


def _differences(place: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    for id_ in sorted(found.keys() | expected.keys()):
        if found.get(id_) != expected.get(id_):
            yield f"{place}: {id_} is {found.get(id_)}, expected {expected.get(id_)}"


def _check_state(headers: list[tuple[str, bytes]], value: bytes | None) -> None:
    check_message("stateless" if value is None else "state", headers, value)


def _broken(messages: Iterable[Message], check: Callable[..., object]) -> Iterator[str]:
    for message in messages:
        try:
            check(message.headers() or [], message.value())
        except (ValidationError, AssertionError) as error:
            yield f"{message.topic()}, {message.key()!r}: {error}"
