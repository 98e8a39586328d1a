"""The Kafka topics that Debezium writes to and the dataflow writes to."""

import argparse
from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

PARTITIONS = {
    "shop.public.orders": 4,
    "shop.public.customers": 4,
    "shop.cdc.heartbeat": 1,
    "retentioncast.alerts": 4,
    "retentioncast.states": 4,
    "retentioncast.rejects": 1,
    "retentioncast.models": 1,
}
DAY_MS = 86_400_000
CONFIG = {"cleanup.policy": "delete"}
# Nothing is compacted for a week: a flow that was down must find what it told, and so must subscribers. Then,
# within a day, compaction deletes whatever a tombstone has ended, however little of the topic that is. The
# segment that is being written is never compacted, nor deleted: hence a new one every day.
ALERTS_CONFIG = {
    "cleanup.policy": "compact,delete",
    "retention.ms": str(30 * DAY_MS),
    "min.compaction.lag.ms": str(7 * DAY_MS),
    "max.compaction.lag.ms": str(8 * DAY_MS),
    "segment.ms": str(DAY_MS),
}
# A subscriber that was down for a week must find the tombstones.
STATES_CONFIG = {
    "cleanup.policy": "compact",
    "delete.retention.ms": str(7 * DAY_MS),
    "max.compaction.lag.ms": str(DAY_MS),
    "segment.ms": str(DAY_MS),
}
# A reject is the original record with more headers, and that record may be as large as a broker takes.
REJECTS_CONFIG = {**CONFIG, "max.message.bytes": str(2 * 1024 * 1024)}
CONFIGS = {
    "retentioncast.alerts": ALERTS_CONFIG,
    "retentioncast.states": STATES_CONFIG,
    "retentioncast.rejects": REJECTS_CONFIG,
    "retentioncast.models": {"cleanup.policy": "compact"},
}


def create_topics(bootstrap: str, partitions: Mapping[str, int] = PARTITIONS) -> list[str]:
    """Create those topics that are missing and return their names; KafkaException when the broker refuses.

    `partitions` holds each topic's number of partitions.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap})
    # Replication factor -1 is the broker's default.
    topics = [
        NewTopic(name, count, -1, config=CONFIGS.get(name, CONFIG)) for name, count in partitions.items()
    ]
    created = []
    for name, future in admin.create_topics(topics, operation_timeout=30).items():
        try:
            future.result()
            created.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return created


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m stack.topics", description=__doc__)
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT", help="a broker's address")
    parser.add_argument(
        "--shop-topics",
        metavar="TOPIC,TOPIC,…",
        help="the shop's own, as `python -m dataflows.shop NAME topics` prints them; default: the demo's",
    )
    arguments = parser.parse_args()
    partitions = PARTITIONS
    if arguments.shop_topics:
        *tables, heartbeat = arguments.shop_topics.split(",")
        ours = {name: count for name, count in PARTITIONS.items() if name in CONFIGS}
        partitions = {**dict.fromkeys(tables, 4), heartbeat: 1, **ours}
    created = create_topics(arguments.bootstrap, partitions)
    print(f"created: {', '.join(created) or 'nothing, all topics exist'}")


if __name__ == "__main__":
    main()
