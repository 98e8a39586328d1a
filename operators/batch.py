"""A chunk, decoded: changes, rejects, and how far the partition has been read."""

from msgspec import Struct

from operators import reject
from operators.chunk import Chunk, Record
from operators.clock import Heartbeat, Progress
from operators.order import Change
from operators.reject import Reject, UnusableError
from operators.shop import Shop
from operators.tables import heartbeat_reader, tables_of
from operators.version import Request, Version, from_json


class Batch(Struct, frozen=True, gc=False):
    """What the records of a chunk say; `ignored` counts those that are no row's change."""

    changes: list[Change]
    rejects: list[Reject]
    ignored: int
    progress: Progress
    news: list[Version | Request] = []  # of the models' topic


class Decoder:
    """Decodes chunks of a shop's topics, and of the models' own."""

    def __init__(self, shop: Shop, models_topic: str = "") -> None:
        self._models_topic = models_topic
        self._tables = tables_of(shop)
        self._heartbeat = heartbeat_reader(shop)

    def decode(self, chunk: Chunk) -> Batch:
        """Return the chunk's changes, its heartbeat and its rejects.

        Whatever stands in a record, decoding it never raises: what cannot be used becomes a reject.
        """
        changes: list[Change] = []
        rejects: list[Reject] = []
        news: list[Version | Request] = []
        ignored = 0
        time_us: int | None = None
        table = self._tables.get(chunk.topic)
        for record in chunk.records:
            found: list[Change] | None = None
            try:
                if record.value is None:  # a tombstone: for compaction, no change of its own
                    pass
                elif chunk.topic == self._models_topic:
                    news.append(_news(record.value))
                    found = []
                elif table is not None:
                    found = table.changes(record, record.value)
                else:
                    time_us = self._heartbeat_us(record, record.value) or time_us
                    found = []
            except UnusableError as unusable:
                rejects.append(Reject(unusable.reason, str(unusable), record))
            else:
                if found is None:
                    ignored += 1
                else:
                    changes += found
        heartbeat = None
        if time_us is not None and chunk.ends is not None:
            # The heartbeat's own partition has been read to it; what follows there says nothing of orders.
            ends = {source: end for source, end in chunk.ends.items() if source != chunk.source}
            heartbeat = Heartbeat(time_us, ends)
        return Batch(changes, rejects, ignored, Progress(chunk.source, chunk.position, heartbeat), news)

    def _heartbeat_us(self, record: Record, value: bytes) -> int | None:
        """Return the shop's time; None for a row of the snapshot, which is not in the order of the log."""
        change = self._heartbeat.read(record, value)
        if change is None or change.operation == "r" or change.after is None or change.after.time is None:
            return None
        try:
            return change.encodings["time"].read(change.after.time)
        except ValueError as error:
            raise UnusableError(reject.INVALID_FIELD, str(error)) from None


def _news(value: bytes) -> Version | Request:
    try:
        return from_json(value)
    except ValueError as error:
        raise UnusableError(reject.MODEL, str(error)) from None
