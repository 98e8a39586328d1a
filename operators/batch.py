"""A chunk, decoded: changes, rejects, and how far the partition has been read."""

from msgspec import Struct

from operators import alert_body, news, reject
from operators.chunk import Chunk, Record
from operators.clock import Heartbeat, Progress
from operators.news import News
from operators.order import Change, Echo
from operators.reject import Reject, UnusableError
from operators.shop import Shop
from operators.tables import heartbeat_reader, tables_of


class Batch(Struct, frozen=True, gc=False):
    """What the records of a chunk say; `ignored` counts those that are no row's change."""

    changes: list[Change]
    rejects: list[Reject]
    ignored: int
    progress: Progress
    news: list[News] = []  # of the models' topic
    echoes: list[Echo] = []  # of the alerts' topic


class Decoder:
    """Decodes chunks of a shop's topics, and of those that the flow itself writes and reads back."""

    def __init__(self, shop: Shop, models_topic: str = "", alerts_topic: str = "") -> None:
        self._models_topic = models_topic
        self._alerts_topic = alerts_topic
        self._tables = tables_of(shop)
        self._heartbeat = heartbeat_reader(shop)

    def decode(self, chunk: Chunk) -> Batch:
        """Return the chunk's changes, its heartbeat and its rejects.

        Whatever stands in a record, decoding it never raises: what cannot be used becomes a reject.
        """
        changes: list[Change] = []
        rejects: list[Reject] = []
        told: list[News] = []
        echoes: list[Echo] = []
        ignored = 0
        time_us: int | None = None
        table = self._tables.get(chunk.topic)
        for record in chunk.records:
            found: list[Change] | None = None
            try:
                if chunk.topic == self._alerts_topic:
                    echoes.append(_echo(record))
                    found = []
                elif record.value is None:  # a tombstone: for compaction, no change of its own
                    pass
                elif chunk.topic == self._models_topic:
                    told.append(_news(record.value))
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
        progress = Progress(chunk.source, chunk.position, heartbeat)
        return Batch(changes, rejects, ignored, progress, told, echoes)

    def _heartbeat_us(self, record: Record, value: bytes) -> int | None:
        """Return the shop's time; None for a row of the snapshot, which is not in the order of the log."""
        change = self._heartbeat.read(record, value)
        if change is None or change.operation == "r" or change.after is None or change.after.time is None:
            return None
        try:
            return change.encodings["time"].read(change.after.time)
        except ValueError as error:
            raise UnusableError(reject.INVALID_FIELD, str(error)) from None


def _echo(record: Record) -> Echo:
    try:
        body = None if record.value is None else alert_body.from_json(record.value)
        customer_id = (record.key or b"").decode()
        if body is not None and body.customer_id != customer_id:
            msg = "the key is not the alert's customer_id"
            raise ValueError(msg)
    except ValueError as error:
        raise UnusableError(reject.ALERT, str(error)) from None
    return Echo(customer_id, body, record.offset)


def _news(value: bytes) -> News:
    try:
        return news.from_json(value)
    except ValueError as error:
        raise UnusableError(reject.MODEL, str(error)) from None
