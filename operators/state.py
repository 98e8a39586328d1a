"""What topic `retentioncast.states` says: each customer's present state, for subscribers who start late."""

from datetime import datetime

import msgspec
from msgspec import Struct

from operators.instant import to_datetime
from operators.message import Message
from operators.risk import State
from operators.row import Gone, Row


class _Body(Struct, frozen=True):
    """The message's value."""

    customer_id: str
    state: State
    since: datetime
    overdue_at: datetime | None
    at_risk_at: datetime | None
    order_count: int
    model_version: str


def to_message(line: Row | Gone) -> Message:
    """Return a customer's line as a message keyed by customer, a tombstone where there is none any more.

    The topic is compacted: the last message of a key is all that counts, so it needs no id.
    """
    key = line.customer_id.encode()
    if isinstance(line, Gone):
        return Message("", key, None, [])
    body = _Body(
        customer_id=line.customer_id,
        state=line.state,
        since=to_datetime(line.state_since_us),
        overdue_at=None if line.overdue_at_us is None else to_datetime(line.overdue_at_us),
        at_risk_at=None if line.at_risk_at_us is None else to_datetime(line.at_risk_at_us),
        order_count=line.order_count,
        model_version=line.model_version,
    )
    return Message("", key, msgspec.json.encode(body), [("content-type", b"application/json")])
