"""What is written to a Kafka topic."""

from datetime import datetime

import msgspec
from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    """One Kafka message; `id` tells a repeat from a new one, and the sink puts it in a header."""

    id: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def event(id_: str, subject: str, type_: bytes, body: Struct, time: datetime | None) -> Message:
    """Return a CloudEvents 1.0 message in Kafka's binary mode, keyed by its subject.

    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
    """
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_type", type_),
        ("ce_source", b"/retentioncast"),
        ("ce_subject", subject.encode()),
        ("content-type", b"application/json"),
    ]
    if time is not None:
        headers.append(("ce_time", msgspec.json.encode(time).strip(b'"')))
    return Message(id_, subject.encode(), msgspec.json.encode(body), headers)
