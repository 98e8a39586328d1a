"""The flow anew, upon an empty recovery store: from the same topics, the same alerts to the last byte."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import psycopg
from confluent_kafka import Message

from demo.processes import Flow
from stack.topics import PARTITIONS, create_topics
from tests.contract import alert_id_of
from tests.e2e import compare
from tests.e2e.scene import Scene, environment
from tests.e2e.topics import read_all
from tests.e2e.waiting import wait_until

ALERTS = "retentioncast.alerts"
AGAIN = "retentioncast.alerts.again"
STATES_AGAIN = "retentioncast.states.again"


def play(scene: Scene) -> tuple[int, list[str]]:
    """Replay all, the flow being down; return how many alerts stand, and what is wrong."""
    bootstrap = scene.endpoints.kafka_bootstrap
    now, since = compare.stream_time(scene.endpoints)
    create_topics(bootstrap, dict.fromkeys((AGAIN, STATES_AGAIN), PARTITIONS[ALERTS]))
    with psycopg.connect(scene.endpoints.analytics_admin_dsn, autocommit=True) as admin:
        admin.execute("CREATE DATABASE again OWNER retentioncast")
    endpoints = replace(scene.endpoints, analytics_dsn=scene.stack.analytics.dsn("retentioncast", "again"))
    settings = {
        "RETENTIONCAST_ALERTS_TOPIC": AGAIN,
        "RETENTIONCAST_STATES_TOPIC": STATES_AGAIN,
        "RETENTIONCAST_ALERTS_SINCE": since.isoformat(),
    }
    flow = Flow(scene.home / "again", endpoints, environment=environment(scene.rules) | settings)
    flow.start()
    try:
        wait_until(flow, "the end", lambda: (found := compare.stream_time(endpoints)) and found[0] >= now)
    finally:
        flow.stop()
    told, again = (last_bodies(read_all(bootstrap, topic)) for topic in (ALERTS, AGAIN))
    return len(told), list(differences(told, again))


def last_bodies(messages: Iterable[Message]) -> dict[str, bytes]:
    """Return the last body of each alert that stands, without `told_at`."""
    found: dict[str, dict[str, bytes]] = {}
    for message in messages:
        customer_id, value = message.key().decode(), message.value()
        if value is None:
            found.pop(customer_id, None)
            continue
        of_customer = found.setdefault(customer_id, {})
        alert_id = alert_id_of(dict(message.headers())["ce_id"].decode())
        if dict(message.headers())["ce_type"].endswith(b".withdrawn"):
            of_customer.pop(alert_id, None)
        else:
            of_customer[alert_id] = value.rpartition(b',"told_at":')[0]
    return dict(chain.from_iterable(bodies.items() for bodies in found.values()))


def differences(told: dict[str, bytes], again: dict[str, bytes]) -> Iterable[str]:
    """Yield a line for each alert that the replay tells otherwise."""
    for id_ in sorted(told.keys() | again.keys()):
        if told.get(id_) != again.get(id_):
            yield f"replay: {id_} is {again.get(id_)}, was {told.get(id_)}"
