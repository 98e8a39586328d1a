"""Connect stops while the shop lives on: nobody is alerted of a silence that may be none."""

from confluent_kafka import Message

from tests.e2e import compare
from tests.e2e.scene import Scene
from tests.e2e.topics import read_all


def play(scene: Scene, days: float) -> tuple[int, list[str]]:
    """Stop Connect for so many days of the shop; return how many silences were crossed, and what is wrong."""
    wrong = scene.settle()
    scene.stack.connect.stop()
    time_before, told_before = scene.stream_time(), len(_alerts(scene))
    scene.closed(scene.open(days))
    time_after, told_after = scene.stream_time(), len(_alerts(scene))
    implied = compare.implied_alerts(scene.endpoints, scene.rules, now=scene.shop_now())
    crossed = sum(row["raised_at"] > time_before for row in implied.values())
    scene.stack.connect.start()
    if time_after != time_before:
        wrong.append(f"in the outage stream time went from {time_before} to {time_after}")
    if told_after != told_before:
        wrong.append(f"in the outage {told_after - told_before} messages came to the alerts' topic")
    if not crossed:
        wrong.append("in the outage no silence was crossed: it has shown nothing")
    return crossed, wrong + scene.settle()


def _alerts(scene: Scene) -> list[Message]:
    return read_all(scene.endpoints.kafka_bootstrap, "retentioncast.alerts")
