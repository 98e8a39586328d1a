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
    "retentioncast.rejects": 1,
}
CONFIG = {"cleanup.policy": "delete"}
# A reject is the original record with more headers, and that record may be as large as a broker takes.
REJECTS_CONFIG = {**CONFIG, "max.message.bytes": str(2 * 1024 * 1024)}


def create_topics(bootstrap: str, partitions: Mapping[str, int] = PARTITIONS) -> list[str]:
    """Create those topics that are missing and return their names; KafkaException when the broker refuses.

    `partitions` holds each topic's number of partitions.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap})
    # Replication factor -1 is the broker's default.
    topics = [
        NewTopic(name, count, -1, config=REJECTS_CONFIG if name == "retentioncast.rejects" else CONFIG)
        for name, count in partitions.items()
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
    created = create_topics(parser.parse_args().bootstrap)
    print(f"created: {', '.join(created) or 'nothing, all topics exist'}")


if __name__ == "__main__":
    main()
