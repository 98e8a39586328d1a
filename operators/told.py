"""What is remembered of an alert that the topic was told of."""

from typing import Literal

from msgspec import Struct

from operators.alert_body import Body, Level, WithdrawnBody, digest


class Told(Struct, frozen=True, array_like=True, gc=False):
    """What the topic was told last of one alert; `digest` stands for all of it."""

    status: Literal["open", "resolved", "suppressed", "withdrawn"]
    level: Level | None
    digest: bytes


class Ahead(Struct, frozen=True, array_like=True, gc=False):
    """What the topic was told at a stream time that has yet to come again.

    An execution told it, and crashed before that was recorded. `raised_at_us` is None of a withdrawal;
    `offset` is the message's place in its partition.
    """

    told_at_us: int
    raised_at_us: int | None
    told: Told
    offset: int


def told_of(body: Body) -> Told:
    """Return what a message has told."""
    if isinstance(body, WithdrawnBody):
        return Told("withdrawn", None, digest(body))
    return Told("suppressed" if body.suppressed_by else body.status, body.level, digest(body))
