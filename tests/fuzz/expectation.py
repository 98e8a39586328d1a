"""What must hold of whatever comes out of a record."""

from operators import alert_body, announcement, erasure, reject
from operators.announcement import Announcement
from operators.batch import Batch
from operators.chunk import Record
from operators.customer import Output
from operators.erasure import Erasure, Tombstone
from operators.instant import to_datetime
from operators.message import Message
from operators.order import AdjustmentChange, Change, CustomerChange, OrderChange, OrderFacts, OrderRowChange
from operators.purchases import Purchases
from operators.reject import Reject
from operators.row import Gone, Row, StreamTime
from operators.windows import Added

REASONS = {value for name, value in vars(reject).items() if name.isupper() and isinstance(value, str)}
# Kafka takes messages of 1 MB; the rejects topic those of 2 MB: a record's value, and the headers.
MESSAGE_BYTES_MAX = 1_000_000
REJECT_OVERHEAD_BYTES_MAX = 10_000
# Of the years 1 to 9999, and what a time zone adds.
MIN_DAY, MAX_DAY = -719_163, 2_932_898


def check_batch(batch: Batch, record: Record) -> None:
    """The batch is all that came of one record: it is used, ignored or rejected, and no two of these."""
    assert batch.ignored + len(batch.rejects) + bool(batch.changes) <= 1
    for refused in batch.rejects:
        assert refused.record is record
        check_reject(refused)
    for change in batch.changes:
        assert change.record is record
        check_change(change)
    if batch.progress.heartbeat is not None:
        check_instant(batch.progress.heartbeat.time_us)


def check_reject(refused: Reject) -> None:
    message = reject.to_message(refused)
    assert refused.reason in REASONS
    assert refused.error
    assert (message.key, message.value) == (refused.record.key, refused.record.value)
    assert size(message) - len(message.value or b"") <= REJECT_OVERHEAD_BYTES_MAX


def check_change(change: Change) -> None:
    check_int(change.version, 0, 2**63)
    match change:
        case OrderChange():
            check_ids(change.customer_id, change.order_id)
            check_order(change)
        case CustomerChange():
            check_ids(change.customer_id)
            if change.merged_into is not None:
                check_ids(change.merged_into)
            assert type(change.is_erased) is bool
        case OrderRowChange():
            check_ids(change.order_id)
            if change.facts is not None:
                check_facts(change.facts)
        case AdjustmentChange():
            check_ids(change.order_id, change.adjustment_id)
            check_cents(change.cents)


def check_order(change: OrderChange) -> None:
    """What a stage tells the next; its ids may hold ways."""
    check_cents(change.cents)
    assert type(change.counted) is bool
    assert change.placed_at_us is not None or not change.counted
    check_instant(change.placed_at_us)
    check_instant(change.placed_before_us)


def check_facts(facts: OrderFacts) -> None:
    if facts.customer_id is not None:
        check_ids(facts.customer_id)
    check_instant(facts.placed_at_us)
    check_cents(facts.total_cents)
    check_cents(facts.refunded_cents)
    assert type(facts.has_counted_status) is bool
    assert type(facts.currency) is str
    facts.currency.encode()


def check_output(output: Output) -> None:
    """What is told of a customer can be written to where it goes."""
    match output:
        case Row():
            check_ids(output.customer_id)
            check_cents(output.cents)
            for instant_us in (output.first_purchase_us, output.latest_purchase_us, output.state_since_us):
                check_instant(instant_us)
            check_instant(output.overdue_at_us)
            check_instant(output.at_risk_at_us)
        case Purchases() | Added():
            check_lines(output)
        case Announcement():
            message = announcement.to_message(output)
            assert size(message) <= MESSAGE_BYTES_MAX
            assert alert_body.from_json(message.value) == output.body
        case Tombstone():
            assert size(erasure.tombstone_message(output)) <= MESSAGE_BYTES_MAX
        case Reject():
            check_reject(output)
        case StreamTime():
            check_instant(output.now_us)
            check_instant(output.alerts_since_us)
        case Gone() | Erasure():
            check_int(getattr(output, "version", 0), 0, 2**63)


def check_lines(output: Purchases | Added) -> None:
    if isinstance(output, Added):
        for day in {*output.days, *(day for months in output.cohorts for day in months)}:
            check_int(day, MIN_DAY, MAX_DAY)
        assert all(type(amount) is int for sums in output.days.values() for amount in sums)
        return
    check_ids(output.customer_id)
    check_instant(output.folded_until_us)
    lines = [purchase.line for purchase in output.lines]
    assert len({*lines, *output.gone}) == len(lines) + len(output.gone)
    for line in output.gone:
        assert "\x00" not in line, "Postgres has no such text"
    for purchase in output.lines:
        check_ids(purchase.order_id)
        check_instant(purchase.placed_at_us)
        check_cents(purchase.cents)
        assert purchase.is_order or purchase.cents


def size(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.id) + len(message.key or b"") + len(message.value or b"") + headers


def check_ids(*ids: str) -> None:
    for id_ in ids:
        assert type(id_) is str
        id_.encode()
        assert "\x00" not in id_, "Postgres has no such text"
        assert "\x1f" not in id_, "it would be taken for a way"


def check_instant(instant_us: int | None) -> None:
    if instant_us is not None:
        assert type(instant_us) is int
        to_datetime(instant_us)  # of the years 1 to 9999


def check_cents(cents: int) -> None:
    check_int(cents, -(2**63), 2**63)


def check_int(value: int, least: int, end: int) -> None:
    assert type(value) is int
    assert least <= value < end
