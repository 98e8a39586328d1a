"""The topics that connectors with topic.prefix `shop` write to."""

from confluent_kafka.admin import AdminClient

from tests.e2e.topics import read_all
from tests.golden.golden_record import GoldenRecord

PREFIXES = ("shop", "__debezium-heartbeat.")
HEARTBEATS = "__debezium-heartbeat.shop"
# Topics that grow by themselves while time passes; of each the first records are enough.
TICKING = (HEARTBEATS, "shop.cdc.heartbeat", "shop.message", "shop.transaction")
TICKS = 2


class Topics:
    """All of them at once."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        # Without its logging: the broker ends before it does.
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def names(self) -> list[str]:
        """Return the names of those that exist."""
        return [name for name in self.admin.list_topics(timeout=30).topics if name.startswith(PREFIXES)]

    def delete(self) -> None:
        """Delete them all; the broker may list them a little longer."""
        if names := self.names():
            for future in self.admin.delete_topics(names, operation_timeout=30).values():
                future.result()

    def records(self) -> list[GoldenRecord]:
        """Return all records, of ticking topics the first; none at all while these have not ticked."""
        records: list[GoldenRecord] = []
        for name in self.names():
            messages = read_all(self.bootstrap, name)
            # Each tick makes the others tick as well, a moment later.
            if name == HEARTBEATS and len(messages) < 2 * TICKS:
                return []
            if name in TICKING:
                messages = sorted(messages, key=lambda message: message.offset())[:TICKS]
            records += map(GoldenRecord.of, messages)
        return records
