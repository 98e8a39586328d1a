"""A line of a golden file: one Kafka record."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Message

HERE = Path(__file__).parent


@dataclass(frozen=True)
class GoldenRecord:
    """A record's bytes as text; None where there are no bytes."""

    topic: str
    partition: int
    offset: int
    headers: list[list[str | None]]
    key: str | None
    value: str | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return what a consumer was given."""
        headers = [[name, _to_text(value)] for name, value in message.headers() or []]
        place = message.topic(), message.partition(), message.offset()
        return cls(*place, headers, _to_text(message.key()), _to_text(message.value()))

    def to_line(self) -> str:
        """Return the record as a line of a file."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    def payload(self) -> Any:
        """Return the value's JSON, without its schema if it has one; None for a tombstone."""
        value = None if self.value is None else json.loads(self.value)
        return value["payload"] if isinstance(value, dict) and "schema" in value else value


def read(name: str, folder: Path = HERE) -> list[GoldenRecord]:
    """Return the records of a file by its configuration's name."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [GoldenRecord(**json.loads(line)) for line in lines]


def write(name: str, records: list[GoldenRecord], folder: Path = HERE) -> None:
    """Write the file of a configuration, sorted by topic, partition and offset."""
    ordered = sorted(records, key=lambda record: (record.topic, record.partition, record.offset))
    (folder / f"{name}.jsonl").write_text("".join(record.to_line() for record in ordered), encoding="utf-8")


def _to_text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
