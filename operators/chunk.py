"""What the Kafka source hands over: records of one partition, and how far it has been read."""

from msgspec import Struct


class Record(Struct, frozen=True, gc=False):
    """One Kafka record, undecoded; `source` is its partition's name, `topic:partition`."""

    source: str
    offset: int
    key: bytes | None
    value: bytes | None


class Chunk(Struct, frozen=True, gc=False):
    """Consecutive records of one partition.

    `position` is the next offset that will be read: every visible record below it has been handed over, here
    or before. A chunk without records says that the position moved over transaction markers, or that the
    partition's end has been reached for the first time.

    `ends` stands only on chunks of the clock topic: the high watermark of every source partition, by
    `topic:partition`, asked for after this chunk's records had been received.
    """

    topic: str
    partition: int
    records: list[Record]
    position: int
    ends: dict[str, int] | None = None

    @property
    def source(self) -> str:
        """The partition's name, `topic:partition`."""
        return f"{self.topic}:{self.partition}"
