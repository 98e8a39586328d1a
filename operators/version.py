"""Versions of the lifetime model, and requests for one: the records of topic `retentioncast.models`."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from models import MBGNBD
from models.judgement import SAME
from operators.instant import to_datetime, to_text, to_us
from operators.message import Message, event

TYPE_VERSION = b"retentioncast.model.version"
TYPE_REQUEST = b"retentioncast.model.request"
PAUSED = "adoption is paused: "  # how the reason begins where a fit is good, and would raise a storm

# What Postgres can hold: a U+0000 in a version's name would keep every customer's line out of the tables.
Name = Annotated[str, Meta(pattern=r"\A[!-~]+\Z", max_length=200)]
Words = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f]*\Z", max_length=1000)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Instant = Annotated[datetime, Meta(tz=True)]
Outcome = Literal["adopted", "unchanged", "refused", "paused"]


class Bin(Struct, frozen=True, gc=False):
    """The customers whose probability lies within one tenth of 0 to 1."""

    customers: Count
    expected: float
    ordered: Count


class Holdout(Struct, frozen=True, gc=False):
    """What a fit to older histories foretold of the days since, beside what happened; bins from 0 up."""

    horizon_days: Annotated[int, Meta(gt=0, le=2**31 - 1)]
    customers: Count
    expected: float
    ordered: Count
    brier: Share | None
    auc: Share | None
    bins: list[Bin]


class Previous(Struct, frozen=True, gc=False):
    """The version in force before, and its scores on the same holdout."""

    version: Name
    brier: Share | None
    auc: Share | None


class Version(Struct, frozen=True, gc=False, kw_only=True):
    """A fit of the model at the census of `fitted_at_us`, and whether it is adopted.

    If it is, it is in force from `effective_from_us` of stream time on; if not, `reason` says why. The
    parameters are None where there is no fit at all, and only then.
    """

    version: str
    family: str = "MBG/NBD"
    r: float | None
    alpha_days: float | None
    a: float | None
    b: float | None
    effective_from_us: int
    fitted_at_us: int
    adopted: bool
    reason: str
    customers: int
    repeat_customers: int
    log_likelihood: float | None
    standard_errors: dict[str, float] | None
    holdout: Holdout | None
    previous: Previous | None

    @property
    def outcome(self) -> Outcome:
        """What became of the fit, in a word."""
        if self.adopted:
            return "adopted"
        if self.reason == SAME:
            return "unchanged"
        return "paused" if self.reason.startswith(PAUSED) else "refused"

    @property
    def model(self) -> MBGNBD | None:
        """The fitted model, None where there is no fit."""
        if self.r is None or self.alpha_days is None or self.a is None or self.b is None:
            return None
        return MBGNBD(r=self.r, alpha=self.alpha_days, a=self.a, b=self.b)


class Request(Struct, frozen=True, gc=False):
    """The wish for a census at an instant of stream time, which then leads to a version."""

    at_us: int


class _VersionBody(Struct, frozen=True):
    """A version as it stands on the topic."""

    version: Name
    family: Literal["MBG/NBD"]
    r: float | None
    alpha_days: float | None
    a: float | None
    b: float | None
    effective_from: Instant
    fitted_at: Instant
    adopted: bool
    reason: Words
    customers: Count
    repeat_customers: Count
    log_likelihood: float | None
    standard_errors: dict[Literal["r", "alpha_days", "a", "b"], float] | None
    holdout: Holdout | None
    previous: Previous | None


class _RequestBody(Struct, frozen=True):
    """A request as it stands on the topic."""

    request: Literal["census"]
    at: Instant


class _Kind(Struct, frozen=True):
    """What tells a request from a version."""

    request: msgspec.Raw = msgspec.Raw(b"")


_KIND = msgspec.json.Decoder(_Kind)
_REQUEST = msgspec.json.Decoder(_RequestBody)
_VERSION = msgspec.json.Decoder(_VersionBody)


def to_message(record: Version | Request) -> Message:
    """Return the record as a CloudEvents 1.0 message in Kafka's binary mode, keyed by its name."""
    if isinstance(record, Request):
        at = to_datetime(record.at_us)
        name = f"census@{to_text(record.at_us)}"
        return event(name, name, TYPE_REQUEST, _RequestBody("census", at), at)
    known = msgspec.structs.asdict(record)
    fitted_at = to_datetime(known.pop("fitted_at_us"))
    effective_from = to_datetime(known.pop("effective_from_us"))
    body = _VersionBody(**known, fitted_at=fitted_at, effective_from=effective_from)
    return event(record.version, record.version, TYPE_VERSION, body, fitted_at)


def from_json(value: bytes) -> Version | Request:
    """Return the record that a message's value holds; raise ValueError, which says why, for anything else."""
    try:
        if _KIND.decode(value).request:
            return Request(_us(_REQUEST.decode(value).at))
        return _checked(_VERSION.decode(value))
    # Among the former are msgspec's own errors; an offset may lead out of the calendar, brackets too deep.
    except (ValueError, OverflowError, RecursionError) as error:
        msg = f"neither a version of the model nor a request for a census: {error}"
        raise ValueError(msg) from error


def _checked(body: _VersionBody) -> Version:
    """Return the version, its parameters checked."""
    known = msgspec.structs.asdict(body)
    fitted_at_us, effective_from_us = _us(known.pop("fitted_at")), _us(known.pop("effective_from"))
    version = Version(**known, fitted_at_us=fitted_at_us, effective_from_us=effective_from_us)
    given = [parameter is not None for parameter in (body.r, body.alpha_days, body.a, body.b)]
    if version.model is None and (body.adopted or any(given)):
        msg = "r, alpha_days, a and b must all be given: where there is no fit, all are null"
        raise ValueError(msg)
    return version


def _us(instant: datetime) -> int:
    """Return the instant in microseconds, which `to_datetime` can turn back."""
    return to_us(instant.astimezone(UTC))
