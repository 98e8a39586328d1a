"""What of the stages' outputs goes where: one function an arrow of the graph."""

from connectors import metrics
from connectors.alert_table import AlertLine, AlertsGone
from connectors.rfm_table import Item
from operators import announcement, budget, erasure, reject, state, version
from operators.announcement import Announcement
from operators.batch import Batch
from operators.budget import Budget
from operators.census import End, Part
from operators.customer import Output
from operators.erasure import Erasure, Tombstone
from operators.gathering import Verdict
from operators.keygroup import Passed, Routed
from operators.message import Message
from operators.purchases import Purchases
from operators.reject import Reject
from operators.row import Gone, Row, StreamTime
from operators.tally import Tally, TallyEnd
from operators.version import Version
from operators.windows import Added

TableItem = tuple[str, Item]
Keyed = tuple[str, Message]


def unusable(batch: Batch) -> list[Reject]:
    """Return what of a batch cannot be used."""
    metrics.IGNORED.inc(batch.ignored)
    return batch.rejects


def routed(passed: tuple[str, Passed]) -> tuple[str, Routed] | None:
    """Return what a stage passes on, by the key of the next."""
    key, item = passed[1]
    return None if isinstance(item, Reject) else (key, item)


def refused(passed: tuple[str, Passed]) -> Reject | None:
    """Return what a stage rejects."""
    item = passed[1][1]
    return item if isinstance(item, Reject) else None


def moved(keyed: tuple[str, Output]) -> tuple[str, Added | StreamTime] | None:
    """Return what moves the store's windows."""
    return ("store", keyed[1]) if isinstance(keyed[1], Added | StreamTime) else None


def count(keyed: tuple[str, Output]) -> tuple[str, Part | End] | None:
    """Return what is counted of a census."""
    return ("census", keyed[1]) if isinstance(keyed[1], Part | End) else None


def foreseen(keyed: tuple[str, Output]) -> tuple[str, Tally | TallyEnd] | None:
    """Return what is foreseen for a day's budget."""
    return ("budget", keyed[1]) if isinstance(keyed[1], Tally | TallyEnd) else None


def row(keyed: tuple[str, Output]) -> TableItem | None:
    """Return what is written to the tables of customers, by customer."""
    match keyed[1]:
        case Row(customer_id=key) | Gone(customer_id=key) | Purchases(customer_id=key) as item:
            return key, item
        case Erasure(receipt=key) as item:
            return key, item
        case Version() as item:
            return "", item
    return None


def score(keyed: tuple[str, Verdict]) -> TableItem | None:
    """Return what is written of forecasts and their scores."""
    # A version comes to the tables when it has been read from its topic, as everywhere.
    return None if isinstance(keyed[1], Version) else ("", keyed[1])


def model(keyed: tuple[str, Verdict]) -> Keyed | None:
    """Return a version of the model for the models' topic."""
    item = keyed[1]
    if not isinstance(item, Version):
        return None
    metrics.REFITS.labels(item.outcome).inc()
    return item.version, version.to_message(item)


def limit(keyed: tuple[str, Budget]) -> Keyed:
    """Return the budget of a day for the models' topic."""
    return keyed[1].name, budget.to_message(keyed[1])


def told(batch: Batch) -> list[TableItem]:
    """Return what the alerts' topic has told, for the table of alerts."""
    # The tables hold what the topic holds: alerts come to them when they have been read back.
    return [
        (echo.customer_id, AlertsGone(echo.customer_id) if echo.body is None else AlertLine(echo.body))
        for echo in batch.echoes
    ]


def alert(keyed: tuple[str, Output]) -> Keyed | None:
    """Return what the alerts' topic is told."""
    match keyed[1]:
        case Announcement() as item:
            metrics.count_alert(item)
            return item.body.customer_id, announcement.to_message(item)
        case Tombstone(customer_id=key) as item:
            return key, erasure.tombstone_message(item)
    return None


def present_state(keyed: tuple[str, Output]) -> Keyed | None:
    """Return a customer's present state for the states' topic."""
    match keyed[1]:
        case Row(is_timed=True, customer_id=key) | Gone(customer_id=key) as item:
            return key, state.to_message(item)
    return None


def settled(keyed: tuple[str, Output]) -> Reject | None:
    """Return what the customers' stage rejects."""
    return keyed[1] if isinstance(keyed[1], Reject) else None


def reject_message(item: Reject) -> Keyed:
    """Return a reject for its topic."""
    metrics.REJECTS.labels(item.reason).inc()
    return item.record.source, reject.to_message(item)
