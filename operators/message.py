"""What is written to a Kafka topic."""

from msgspec import Struct


class Message(Struct, frozen=True, gc=False):
    """One Kafka message; `id` tells a repeat from a new one, and the sink puts it in a header."""

    id: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
